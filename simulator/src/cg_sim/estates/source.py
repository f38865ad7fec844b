# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading YAML or JSON so that every value can be traced back to its line.

JSON is read by orjson, which is some hundred times as fast as a YAML parser; lines are determined only when there is
something to report. In YAML, what looks like a fraction or a date stays text (version 5.10 is not the number 5.1),
duplicate keys are errors, and the expansion of aliases is limited.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
import yaml

from cg_sim.json_limits import WRITTEN_LEVELS, can_be_written

from .problems import EstateError, LocatedProblem, Path, Problem, shorten

# The pure Python loader is ten times as slow, but not every wheel of PyYAML includes libyaml.
_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_YAML = "tag:yaml.org,2002:"
_MERGE = f"{_YAML}merge"
#: What stays text: fractions and dates; a lone = or <<, which have a tag of their own.
_AS_WRITTEN = frozenset({_MERGE, *(f"{_YAML}{kind}" for kind in ("str", "float", "timestamp", "value"))})
_CONVERTED = frozenset(f"{_YAML}{kind}" for kind in ("int", "bool", "null"))
_TEXT_KEYS = frozenset({"name", "version", "host", "idf", "product", "application", "group", "partner", "os"})
MAX_YAML_VALUES = 2_000_000
MAX_DEPTH = 60
# Above this size a duplicate key in JSON goes unnoticed: documents of that size are written by programs.
_CHECK_JSON_KEYS_BELOW = 1_000_000
# Determining lines needs a YAML parse of the whole text: a minute for 100 MB.
_LOCATE_JSON_BELOW = 20_000_000


@dataclass
class SourceText:
    """A parsed document: ``data``, and what tells the line of each value."""

    name: str
    data: Any
    text: str
    root: yaml.Node | None = None

    def line_of(self, path: Path) -> int | None:
        """The line (from 1) of the value at a path, or of the nearest enclosing value that has one."""
        if self.root is None and len(self.text) <= _LOCATE_JSON_BELOW:
            text, self.text = self.text.replace("\t", " "), ""  # tried once
            with contextlib.suppress(yaml.YAMLError, RecursionError):
                self.root = yaml.compose(text, Loader=_YamlLoader)
        if self.root is None:
            return None
        node, line = self.root, self.root.start_mark.line
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line + 1

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raises EstateError if there are problems: with their lines, sorted by line, without duplicates."""
        located = {LocatedProblem(self.line_of(each.path), each.in_words(self.data)): None for each in problems}
        if located:
            raise EstateError(self.name, sorted(located, key=lambda problem: problem.line or 0))


def read_source(text: str | bytes, name: str) -> SourceText:
    """Raises EstateError when the text is neither YAML nor JSON, gives a key twice, or exceeds the limits."""
    text = (_decode(text, name) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    source = _read(text, name)
    if not can_be_written(source.data, WRITTEN_LEVELS - MAX_DEPTH):
        message = f"nested more than {MAX_DEPTH} levels deep, or with a whole number of more than 64 bits"
        raise EstateError.single(name, message)
    return source


def _read(text: str, name: str) -> SourceText:
    not_json = None
    if text.lstrip().startswith("{"):
        try:
            return _read_json(text, name)
        except orjson.JSONDecodeError as error:
            not_json = EstateError.single(name, f"not valid JSON: {error.msg}", error.lineno)
    try:
        return _read_yaml(text, name)
    except EstateError:
        # A quoted key right after the brace is meant as JSON; the error of the YAML parser would only confuse.
        if not_json and text.lstrip()[1:].lstrip().startswith('"'):
            raise not_json from None
        raise


def _decode(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise EstateError.single(name, f"not UTF-8 text (byte {raw[error.start]:#04x})", line) from None


def _read_json(text: str, name: str) -> SourceText:
    data = orjson.loads(text)  # which keeps the last value of a key that is given twice

    def check_keys(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            ((twice, _count),) = Counter(key for key, _value in pairs).most_common(1)
            raise EstateError.single(name, f"the key {twice} is given twice")

    if len(text) < _CHECK_JSON_KEYS_BELOW and can_be_written(data):
        json.loads(text, object_pairs_hook=check_keys)
    return SourceText(name, data, text)


def _read_yaml(text: str, name: str) -> SourceText:
    try:
        _check_depth(text, name)
        loader = _YamlLoader(text)
        try:
            root = loader.get_single_node()
            data = _Builder(loader, name).build(root, "") if root is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.problem, error.context) if part)
        raise EstateError.single(name, f"not valid YAML: {what}", mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        raise EstateError.single(name, f"not valid YAML: {error.reason}", line) from None
    except RecursionError:  # an alias inside its own anchor
        raise EstateError.single(name, f"nested more than {MAX_DEPTH} levels deep") from None
    return SourceText(name, data, text, root)


def _check_depth(text: str, name: str) -> None:
    """libyaml's composer calls itself for each level: a text of 100,000 brackets would crash the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_YamlLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else None
                raise EstateError.single(name, f"nested more than {MAX_DEPTH} levels deep", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns YAML nodes into plain values."""

    def __init__(self, loader: Any, name: str) -> None:
        self._loader = loader
        self._name = name
        self._values = 0

    def _refuse(self, node: yaml.Node, message: str) -> NoReturn:
        raise EstateError.single(self._name, message, node.start_mark.line + 1)

    def build(self, node: yaml.Node, key: str) -> Any:
        self._values += 1
        if self._values > MAX_YAML_VALUES:
            self._refuse(node, f"more than {MAX_YAML_VALUES} values in YAML; write an estate of that size as JSON")
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_YAML}map":
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_YAML}seq":
            return [self.build(item, key) for item in node.value]
        if not isinstance(node, yaml.ScalarNode) or node.tag not in _AS_WRITTEN | _CONVERTED:
            self._refuse(node, f"{node.tag.removeprefix(_YAML)} data is not allowed here")
        if node.tag in _AS_WRITTEN or (node.tag == f"{_YAML}int" and key in _TEXT_KEYS):
            return node.value
        try:
            value = self._loader.construct_object(node)
        except (ValueError, KeyError):  # !!int or !!bool before something else, or thousands of digits
            self._refuse(node, f"not a valid {node.tag.removeprefix(_YAML)}: {shorten(node.value)}")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self._refuse(node, f"the number {shorten(node.value)} has more than 64 bits")
        return value

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        written: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if key_node.tag == _MERGE:
                self._merge(value_node, merged)
            elif not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, "a key must be a plain word")
            elif key in written:
                self._refuse(key_node, f"the key {key} is given twice")
            else:
                written[key] = self.build(value_node, key)
        return {**merged, **written}

    def _merge(self, node: yaml.Node, merged: dict[str, Any]) -> None:
        """YAML's ``<<``: keys of the mapping itself take precedence; among several merged mappings the first wins."""
        for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(item, yaml.MappingNode):
                self._refuse(item, "<< must name a mapping")
            for key, value in self.build(item, "").items():
                merged.setdefault(key, value)


def _child(node: yaml.Node, step: Any) -> tuple[int, yaml.Node] | None:
    """The line (from 0) of an item, or of a key, and its value."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    if isinstance(node, yaml.MappingNode):
        # Of duplicate keys the last one counts, as for the value.
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == step:
                return key.start_mark.line, value
    return None
