# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module is imported from a zip archive as Python itself does it, except that each file is compiled once."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PAYLOAD = Path(__file__).resolve().parents[2] / "plugins" / "module_utils" / "payload.py"
FILES = {
    "own/__init__.py": "",
    "own/payload.py": PAYLOAD.read_text(encoding="utf-8"),
    "own/package/__init__.py": "",
    "own/package/one.py": "from .deeper.two import TWO\n\n\ndef fail():\n    raise ValueError(TWO)\n",
    "own/package/deeper/__init__.py": "TEXT = 'deeper'\n",
    "own/package/deeper/two.py": "from . import TEXT as TWO\n",
}
# Everything that a program can see of where a module comes from.
LOOK = """
import collections, importlib, inspect, json, pkgutil, sys, traceback, zipimport
archive, once, elsewhere = sys.argv[1], sys.argv[2] == "once", sys.argv[3]
compiled, compile_source = collections.Counter(), zipimport._compile_source

def counting(path, source):
    compiled[path.rpartition(".zip/")[2]] += 1
    return compile_source(path, source)

zipimport._compile_source = counting
sys.path[:0] = [archive, elsewhere]
from own import payload
if once:
    payload.compile_once()
from own.package import one
from outside import three
seen = {}
for name in ("own.package", "own.package.one", "own.package.deeper", "own.package.deeper.two", "outside.three"):
    module = sys.modules[name]
    spec = module.__spec__
    seen[name] = [module.__file__, module.__package__, spec.origin, spec.submodule_search_locations, spec.has_location,
                  spec.cached, inspect.getsource(module) if module.__loader__.get_source(name) else "",
                  isinstance(module.__loader__, zipimport.zipimporter)]
try:
    one.fail()
except ValueError:
    seen["traceback"] = traceback.format_exc()
try:
    importlib.import_module("own.package.missing")
except ModuleNotFoundError as error:
    seen["missing"] = str(error)
seen["found"] = [found.name for found in pkgutil.walk_packages(sys.modules["own.package"].__path__)]
print(json.dumps([seen, {path: times for path, times in compiled.items() if path.startswith("own/package/")}]))
"""


@pytest.fixture
def look(tmp_path: Path):
    def archive(name: str, files: dict[str, str]) -> str:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
            for file, text in files.items():
                written.writestr(file, text)
        return str(path)

    own = archive("own.zip", FILES)
    # Another archive, such as Python itself may be in.
    elsewhere = archive("elsewhere.zip", {"outside/__init__.py": "", "outside/three.py": "THREE = 3\n"})

    def run(how: str):
        command = [sys.executable, "-c", LOOK, own, how, elsewhere]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return run


def test_each_file_is_compiled_once_and_otherwise_imported_as_by_python(look) -> None:
    seen, compiled = look("once")
    seen_by_python, _compiled_by_python = look("as usual")
    assert seen == seen_by_python
    # The importer of its folder existed before, since it imported payload.py itself.
    assert compiled.pop("own/package/__init__.py") > 0
    assert len(compiled) == 3 and set(compiled.values()) == {1}


def test_nothing_is_changed_outside_of_an_archive() -> None:
    look = f"import sys; sys.path.insert(0, {str(PAYLOAD.parent)!r}); hooks = list(sys.path_hooks); import payload; "
    check = "payload.compile_once(); assert sys.path_hooks == hooks"
    subprocess.run([sys.executable, "-c", look + check], check=True)
