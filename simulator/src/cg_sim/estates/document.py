# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading YAML or JSON so that every value can be traced back to its line.

JSON is read by the json module, which is about fifty times as fast as a YAML parser; lines are looked for only when
there is something to complain about. In YAML, what looks like a fraction or a date stays text (version 5.10 is not the
number 5.1), a key given twice is an error, and aliases cannot blow up the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

import orjson
import yaml

from .problems import EstateError, LocatedProblem, Path, Problem, shorten

# The pure Python loader is ten times as slow, but not every wheel of PyYAML has the other.
_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_YAML = "tag:yaml.org,2002:"
_AS_WRITTEN = (f"{_YAML}float", f"{_YAML}timestamp")
_PLAIN_COLLECTIONS = (f"{_YAML}map", f"{_YAML}seq")
_MERGE = f"{_YAML}merge"
_TEXT_KEYS = frozenset({"name", "version", "host", "idf", "product", "application", "group", "partner", "os"})
MAX_YAML_VALUES = 2_000_000
MAX_DEPTH = 60
# The simulator serves and stores with orjson, which writes whole numbers of 64 bits and 254 levels.
SMALLEST, LARGEST = -(2**63), 2**63 - 1
_WRITTEN_DEPTH = 254
# Above this size a duplicate key in JSON goes unnoticed: documents of that size are written by programs.
_CHECK_JSON_KEYS_BELOW = 1_000_000
# Finding lines costs a YAML parse of the whole text: a minute for 100 MB.
_LOCATE_JSON_BELOW = 20_000_000


class Document:
    """A parsed document: ``data``, problems found while parsing, and where each value stands."""

    def __init__(self, source_name: str, data: Any, text: str, root: yaml.Node | None, problems: list[Problem]) -> None:
        self.source_name = source_name
        self.data = data
        self.problems = problems
        self._text = text
        self._root = root

    def line_of(self, path: Path) -> int | None:
        """The line (from 1) of the value at a path, or of the nearest thing around it that has one."""
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


def read_document(text: str | bytes, source_name: str) -> Document:
    """Raises EstateError when the text is neither YAML nor JSON."""
    text = _decode(text, source_name) if isinstance(text, bytes) else text
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] == "{":
        document = _read_json(text, source_name)
        if document is not None:
            return document
    return _read_yaml(text, source_name)


def _decode(raw: bytes, source_name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(source_name, line, f"not UTF-8 text (byte {raw[error.start]:#04x})") from None


def _unreadable(source_name: str, line: int | None, message: str) -> EstateError:
    return EstateError(source_name, [LocatedProblem(line, "", message)])


# ------------------------------------------------------------------------------------------------------------- JSON


def _read_json(text: str, source_name: str) -> Document | None:
    """None when this is not JSON: it may still be YAML that begins with a brace."""
    problems: list[Problem] = []
    unfit = False

    def whole(digits: str) -> int:
        nonlocal unfit
        if len(digits) < 19:
            return int(digits)
        # More than 4,300 digits would be an error of their own; nobody needs to know which number it is.
        number = int(digits) if len(digits) <= 20 else LARGEST + 1
        if SMALLEST <= number <= LARGEST:
            return number
        unfit = True
        return _TooLarge(digits)

    def check_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs):
            keys = [key for key, _value in pairs]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            name = table.get("name")
            of = f" of {name}" if isinstance(name, str) else ""
            problems.append(Problem((), f"the key {', '.join(twice)}{of} is given twice"))
        return table

    try:
        hook = check_keys if len(text) < _CHECK_JSON_KEYS_BELOW else None
        data = json.loads(text, object_pairs_hook=hook, parse_constant=_refuse, parse_float=_fraction, parse_int=whole)
    except RecursionError:
        raise _unreadable(source_name, None, f"nested more than {MAX_DEPTH} levels deep") from None
    except json.JSONDecodeError as error:
        # A key in quotes right after the brace is somebody's JSON; YAML's opinion of it would only confuse.
        if text.lstrip()[1:].lstrip()[:1] == '"' and not _is_yaml(text):
            raise _unreadable(source_name, error.lineno, f"not valid JSON: {error.msg}") from None
        return None
    except ValueError as error:
        raise _unreadable(source_name, None, f"not usable JSON: {error}") from None
    if unfit or not _is_flat(data):
        problems.extend(_take_out(data))
    if "\\ud" in text.lower():
        problems.extend(_broken_characters(data))
    return Document(source_name, data, text, None, problems)


class _TooLarge(int):
    """In the place of a number of more than 64 bits, until it is known where it stands. Worth 1, which is a number
    that fits everywhere: one complaint is enough."""

    digits: str

    def __new__(cls, digits: str) -> _TooLarge:
        number = super().__new__(cls, 1)
        number.digits = digits
        return number


def _is_flat(data: Any) -> bool:
    """Whether data is nested no more than MAX_DEPTH levels deep. orjson finds out a hundred times as fast as Python
    would: with that many levels around it, it still writes MAX_DEPTH more."""
    for _level in range(_WRITTEN_DEPTH - MAX_DEPTH):
        data = [data]
    try:
        orjson.dumps(data)
    except orjson.JSONEncodeError:
        return False
    return True


def _take_out(data: Any) -> Iterator[Problem]:
    """Complains of numbers that are too large and of what is nested too deeply, and takes both out of the data: other
    checks cannot bear them."""
    waiting: list[tuple[Any, Path]] = [(data, ())]
    while waiting:
        container, path = waiting.pop()
        if len(path) >= MAX_DEPTH:
            yield Problem(path, f"nested more than {MAX_DEPTH} levels deep")
            container.clear()
        for step, value in list(container.items() if isinstance(container, dict) else enumerate(container)):
            if isinstance(value, _TooLarge):
                yield Problem((*path, step), too_large(value.digits))
                container[step] = int(value)
            elif isinstance(value, (dict, list)):
                waiting.append((value, (*path, step)))


def too_large(digits: str) -> str:
    return f"the number {shorten(digits, 20)} has more than 64 bits"


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a number that JSON can hold")


def _fraction(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _refuse(digits[:20])


def _broken_characters(data: Any) -> Iterator[Problem]:
    """Half a character (``\\ud800`` alone): JSON can write it, UTF-8 cannot carry it."""
    try:
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        around = error.object[max(0, error.start - 20) : error.start]
        yield Problem((), f"half a character (a lone surrogate) after {around!r}")


def _is_yaml(text: str) -> bool:
    try:
        _check_depth(text)
        yaml.compose(text, Loader=_YamlLoader)
    except (yaml.YAMLError, RecursionError, _TooMuch):
        return False
    return True


def _compose_json(text: str) -> yaml.Node | None:
    if len(text) > _LOCATE_JSON_BELOW:
        return None
    try:
        return yaml.compose(text.replace("\t", " "), Loader=_YamlLoader)
    except (yaml.YAMLError, RecursionError):
        return None


# ------------------------------------------------------------------------------------------------------------- YAML


def _read_yaml(text: str, source_name: str) -> Document:
    try:
        _check_depth(text)
        loader = _YamlLoader(text)
        try:
            root = loader.get_single_node()
            builder = _Builder(loader)
            data = builder.build(root, (), "", 0) if root is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.problem, error.context) if part)
        raise _unreadable(source_name, mark.line + 1 if mark else None, f"not valid YAML: {what}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        raise _unreadable(source_name, line, f"not valid YAML: {error.reason}") from None
    except yaml.YAMLError as error:
        raise _unreadable(source_name, None, f"not valid YAML: {error}") from None
    except RecursionError:
        raise _unreadable(source_name, None, f"nested more than {MAX_DEPTH} levels deep") from None
    except _TooMuch as error:
        raise _unreadable(source_name, error.line, str(error)) from None
    return Document(source_name, data, text, root, builder.problems)


def _check_depth(text: str) -> None:
    """libyaml's composer calls itself for each level: a text of 100,000 brackets would crash the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_YamlLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else None
                raise _TooMuch(f"nested more than {MAX_DEPTH} levels deep", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _TooMuch(Exception):
    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


class _Builder:
    """Turns YAML nodes into plain values."""

    def __init__(self, loader: Any) -> None:
        self.problems: list[Problem] = []
        self._loader = loader
        self._values = 0

    def build(self, node: yaml.Node, path: Path, key: str, depth: int) -> Any:
        self._values += 1
        line = node.start_mark.line + 1
        if self._values > MAX_YAML_VALUES:
            raise _TooMuch(f"more than {MAX_YAML_VALUES} values in YAML; write an estate of that size as JSON", line)
        if depth > MAX_DEPTH:
            raise _TooMuch(f"nested more than {MAX_DEPTH} levels deep", line)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_COLLECTIONS:
            self.problems.append(Problem(path, f"no place here for {node.tag.removeprefix(_YAML)} data"))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index), key, depth + 1) for index, item in enumerate(node.value)]
        if node.tag in _AS_WRITTEN or (node.tag == f"{_YAML}int" and key in _TEXT_KEYS):
            return node.value
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.problems.append(Problem(path, str(getattr(error, "problem", None) or error)))
            return None
        if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
            self.problems.append(Problem(path, too_large(node.value)))
            return 1  # one complaint is enough
        if value is not None and not isinstance(value, (str, int)):
            self.problems.append(Problem(path, f"no place here for {node.tag.removeprefix(_YAML)} data"))
            return None
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Any]:
        written: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                self._merge(value_node, path, depth, merged)
            elif not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(path, "a key must be a plain word"))
            else:
                key = key_node.value
                if key in written:
                    self.problems.append(Problem((*path, key), f"the key {key} is given twice"))
                written[key] = self.build(value_node, (*path, key), key, depth + 1)
        return {**merged, **written} if merged else written

    def _merge(self, node: yaml.Node, path: Path, depth: int, merged: dict[str, Any]) -> None:
        """YAML's ``<<``: what it brings gives way to what stands in the mapping; of two brought the first wins."""
        for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(item, yaml.MappingNode):
                self.problems.append(Problem(path, "<< must name a mapping"))
                continue
            for key, value in self.build(item, path, "", depth + 1).items():
                merged.setdefault(key, value)


def _child(node: yaml.Node, step: Any) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line, item
    if isinstance(node, yaml.MappingNode):
        found = [pair for pair in node.value if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == step]
        if found:
            # Of a key given twice the last one counts, as it does for its value.
            key_node, value_node = found[-1]
            return key_node.start_mark.line, value_node
    return None


def locate(document: Document, problems: list[Problem], describe: Any) -> Iterator[LocatedProblem]:
    """The problems with their lines, in the order of the lines, none twice."""
    located = {
        LocatedProblem(document.line_of(problem.path), describe(document.data, problem.path), problem.message): None
        for problem in problems
    }
    return iter(sorted(located, key=lambda problem: problem.line or 0))
