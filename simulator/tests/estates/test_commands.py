# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands about estates: their output, their messages, their exit status."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from cg_sim.cli import main
from cg_sim.estates import estate_schema, load_estate

EXAMPLE = Path(__file__).parents[3] / "playbooks" / "examples" / "two_regions" / "estate.yml"


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_check_counts_what_a_valid_file_contains(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", EXAMPLE) == 0
    assert "16 products, 22 flows" in capsys.readouterr().out


def test_check_lists_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.yml"
    file.write_text("products:\n- {name: A, backups: [B]}\n- {name: A}\n", encoding="utf-8")
    assert run("check", file) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert f"{file}:2: product A, backup B: no product of this estate has this name" in output.err
    assert f"{file}:3: product A: two products have this name" in output.err


@pytest.mark.parametrize("command", ["check", "import"])
def test_a_file_that_is_not_there(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, tmp_path / "nothing.yml") == 1
    assert "nothing.yml: No such file or directory" in capsys.readouterr().err


def test_the_schema_is_a_schema_and_fits_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == estate_schema()
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.is_valid(schema, yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))


def test_generate_writes_an_estate_and_its_topology(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    estate, topology = tmp_path / "estate.json", tmp_path / "topology.json"
    options = ("--masters=3", "--backups=2", "--flows=7", "--unsynchronized=50%", "--undeclared=0.5", "--seed=4")
    assert run("generate", *options, "--out", estate, "--topology", topology) == 0
    assert len(load_estate(estate.read_bytes(), "estate")["flows"]) == 7
    assert len(json.loads(topology.read_bytes())["topology"]) == 3
    assert run("generate", *options) == 0
    assert capsysbinary.readouterr().out == estate.read_bytes()


@pytest.mark.parametrize(
    "option", ["--masters=-1", "--masters=many", "--flows=1e9", "--unsynchronized=2", "--undeclared=101%", "--seed=x"]
)
def test_generate_refuses_invalid_options(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("generate", option)
    assert caught.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err


def test_generate_reports_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("generate", "--out", tmp_path / "no" / "where") == 1
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_import_writes_an_estate_and_reports_what_is_missing(
    options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export, out = tmp_path / "export.json", tmp_path / "estate"
    products = [{"name": "Ünïcode: '\"#", "version": "5.10", "backups": [{"name": "GONE"}], "profiles": []}]
    export.write_text(json.dumps({"products": products}), encoding="utf-8")
    assert run("import", *options, export, "--out", out) == 0
    assert "backup GONE: no product of this estate has this name; left out" in capsys.readouterr().err
    (product,) = load_estate(out.read_bytes(), "estate")["products"]
    assert (product["name"], product["version"]) == ("Ünïcode: '\"#", "5.10")


def test_import_leaves_out_invalid_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, out = tmp_path / "export.json", tmp_path / "estate"
    products = [{"name": "A", "backups": [{"name": "B"}]}, {"name": "B", "backups": [{"name": "A"}]}]
    profiles = [{"name": "P", "protocol": "FTP", "port": 99999999999999999999999}]
    export.write_text(json.dumps({"products": [*products, {"name": "C", "profiles": profiles}]}), encoding="utf-8")
    for options in ((), ("--json",)):
        assert run("import", *options, export, "--out", out) == 0
        said = capsys.readouterr().err
        assert "product A, backup B: Product B has backups itself" in said
        assert "product C, profile P" in said
        assert len(load_estate(out.read_bytes(), "estate")["products"]) == 3


def test_import_writes_nothing_without_a_product(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, out = tmp_path / "export.json", tmp_path / "estate"
    export.write_text('{"products": [{"name": " "}]}', encoding="utf-8")
    assert run("import", export, "--out", out) == 1
    assert f"{export}" in capsys.readouterr().err
    assert not out.exists()


def test_the_help_of_import_lists_what_is_not_imported(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("import", "--help")
    said = capsys.readouterr().out
    for loss in ("contacts", "tags", "properties of flows", "upgrade"):
        assert loss in said
