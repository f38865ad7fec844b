# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading YAML or JSON so that every value can be traced back to its line.

JSON is read by orjson, which is some hundred times as fast as a YAML parser; lines are determined only when there is
something to report. In YAML, what looks like a fraction or a date stays text (version 5.10 is not the number 5.1),
duplicate keys are errors, and the expansion of aliases is limited.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import orjson
import yaml

from cg_sim.json_limits import WRITTEN_LEVELS, can_be_written

from .problems import EstateError, LocatedProblem, Path, Problem

# The pure Python loader is ten times as slow, but not every wheel of PyYAML includes libyaml.
_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_YAML = "tag:yaml.org,2002:"
_AS_WRITTEN = (f"{_YAML}float", f"{_YAML}timestamp")
_MERGE = f"{_YAML}merge"
_TEXT_KEYS = frozenset({"name", "version", "host", "idf", "product", "application", "group", "partner", "os"})
MAX_YAML_VALUES = 2_000_000
MAX_DEPTH = 60
# Above this size a duplicate key in JSON goes unnoticed: documents of that size are written by programs.
_CHECK_JSON_KEYS_BELOW = 1_000_000
# Determining lines needs a YAML parse of the whole text: a minute for 100 MB.
_LOCATE_JSON_BELOW = 20_000_000


class SourceText:
    """A parsed document: ``data``, the problems found while parsing, and the line of each value."""

    def __init__(self, name: str, data: Any, text: str, root: yaml.Node | None, problems: list[Problem]) -> None:
        self.name = name
        self.data = data
        self.problems = problems
        self._text = text
        self._root = root

    def line_of(self, path: Path) -> int | None:
        """The line (from 1) of the value at a path, or of the nearest enclosing value that has one."""
        if self._root is None:
            self._root = _compose_json(self._text)
            self._text = ""
        node = self._root
        if node is None:
            return None
        line = node.start_mark.line
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
    """Raises EstateError when the text is neither YAML nor JSON, or exceeds the limits."""
    text = (_decode(text, name) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    source = _read(text, name)
    if not can_be_written(source.data, WRITTEN_LEVELS - MAX_DEPTH):
        message = f"nested more than {MAX_DEPTH} levels deep, or with a whole number of more than 64 bits"
        raise EstateError.single(name, message)
    return source


def _read(text: str, name: str) -> SourceText:
    beginning = text.lstrip()
    if not beginning.startswith("{"):
        return _read_yaml(text, name)
    try:
        return _read_json(text, name)
    except orjson.JSONDecodeError as error:
        not_json = EstateError.single(name, f"not valid JSON: {error.msg}", error.lineno)
    try:
        return _read_yaml(text, name)
    except EstateError:
        # A quoted key right after the brace is meant as JSON; the error of the YAML parser would only confuse.
        if beginning[1:].lstrip().startswith('"'):
            raise not_json from None
        raise


def _decode(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise EstateError.single(name, f"not UTF-8 text (byte {raw[error.start]:#04x})", line) from None


def _read_json(text: str, name: str) -> SourceText:
    data = orjson.loads(text)
    problems: list[Problem] = []

    def check_keys(pairs: list[tuple[str, Any]]) -> None:
        keys = [key for key, _value in pairs]
        if len(set(keys)) != len(keys):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            problems.append(Problem((), f"the key {', '.join(twice)} is given twice"))

    if len(text) < _CHECK_JSON_KEYS_BELOW and can_be_written(data):
        json.loads(text, object_pairs_hook=check_keys)
    return SourceText(name, data, text, None, problems)


def _compose_json(text: str) -> yaml.Node | None:
    if len(text) > _LOCATE_JSON_BELOW:
        return None
    try:
        return yaml.compose(text.replace("\t", " "), Loader=_YamlLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def _read_yaml(text: str, name: str) -> SourceText:
    try:
        _check_depth(text, name)
        loader = _YamlLoader(text)
        try:
            root = loader.get_single_node()
            builder = _Builder(loader, name)
            data = builder.build(root, (), "") if root is not None else None
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
    return SourceText(name, data, text, root, builder.problems)


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
        self.problems: list[Problem] = []
        self._loader = loader
        self._name = name
        self._values = 0

    def build(self, node: yaml.Node, path: Path, key: str) -> Any:
        self._values += 1
        if self._values > MAX_YAML_VALUES:
            message = f"more than {MAX_YAML_VALUES} values in YAML; write an estate of that size as JSON"
            raise EstateError.single(self._name, message, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_YAML}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_YAML}seq":
            return [self.build(item, (*path, index), key) for index, item in enumerate(node.value)]
        if node.tag in _AS_WRITTEN or (node.tag == f"{_YAML}int" and key in _TEXT_KEYS):
            return node.value
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.problems.append(Problem(path, str(getattr(error, "problem", None) or error)))
            return None
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self.problems.append(Problem(path, f"the number {node.value[:20]} has more than 64 bits"))
            return 1  # a valid placeholder: one error for the value is enough
        if value is not None and not isinstance(value, (str, int)):
            self.problems.append(Problem(path, f"{node.tag.removeprefix(_YAML)} data is not allowed here"))
            return None
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        written: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                self._merge(value_node, path, merged)
            elif not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(path, "a key must be a plain word"))
            else:
                key = key_node.value
                if key in written:
                    self.problems.append(Problem((*path, key), f"the key {key} is given twice"))
                written[key] = self.build(value_node, (*path, key), key)
        return {**merged, **written} if merged else written

    def _merge(self, node: yaml.Node, path: Path, merged: dict[str, Any]) -> None:
        """YAML's ``<<``: keys of the mapping itself take precedence; among several merged mappings the first wins."""
        for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(item, yaml.MappingNode):
                self.problems.append(Problem(path, "<< must name a mapping"))
                continue
            for key, value in self.build(item, path, "").items():
                merged.setdefault(key, value)


def _child(node: yaml.Node, step: Any) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line, item
    if isinstance(node, yaml.MappingNode):
        found = [pair for pair in node.value if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == step]
        if found:
            # Of duplicate keys the last one counts, as for the value.
            key_node, value_node = found[-1]
            return key_node.start_mark.line, value_node
    return None
