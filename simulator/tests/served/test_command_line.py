# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong options and unwritable files end with an error message; ignored options are reported."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from sim_client import Client
from sim_process import command, served

import cg_sim.estates.commands as estate_commands
from cg_sim import cli
from cg_sim.api.fault_kinds import KINDS
from cg_sim.settings import VARIANT_MEANINGS, VARIANTS, SettingError, Settings
from cg_sim.simulator import Simulator

LIMIT = 60


def ended(*arguments: str, stdout: str | None = None, **environment: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a command that ends by itself."""
    with open(stdout or os.devnull, "w", encoding="utf-8") as target:
        done = subprocess.run(
            command(*arguments),
            stdout=target if stdout else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=LIMIT,
            check=False,
            env={**os.environ, **environment},
        )
    return done.returncode, done.stdout or "", done.stderr


@pytest.mark.parametrize("place", ["directory", "file/x", "/proc/x/y"])
def test_a_ready_file_that_cannot_be_written_is_reported_before_the_start(tmp_path: Path, place: str) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    status, out, err = ended("serve", "--ready-file", str(tmp_path / place))
    assert (status, out) == (1, "")
    assert err.startswith("cg-sim: cannot write the ready file ")
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["directory", "file"]


@pytest.mark.parametrize(
    "arguments", [["spec"], ["schema"], ["provenance"], ["faults"], ["check", "FILE"], ["generate"], ["serve"]]
)
def test_standard_output_on_a_full_disk(tmp_path: Path, arguments: list[str]) -> None:
    estate = tmp_path / "estate.yml"
    estate.write_text("products: []", encoding="utf-8")
    given = [str(estate) if argument == "FILE" else argument for argument in arguments]
    status, _out, err = ended(*given, stdout="/dev/full")
    assert status == 1
    assert "standard output: No space left on device" in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_a_file_on_a_full_disk_is_reported_with_its_name() -> None:
    status, _out, err = ended("generate", "--out", "/dev/full")
    assert (status, err) == (1, "cg-sim: /dev/full: No space left on device\n")


def test_an_interrupted_start_ends_quietly(tmp_path: Path) -> None:
    seed = tmp_path / "estate.yml"
    os.mkfifo(seed)
    process = subprocess.Popen(
        command("serve", "--seed", str(seed)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # In a background job the shell ignores SIGINT, and Python inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        with open(
            seed, "w", encoding="utf-8"
        ):  # returns once the simulator has opened it; the simulator then waits for data
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, "", "cg-sim: interrupted\n")


def test_an_interrupted_generator_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(settings: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(estate_commands, "generate_estate", interrupted)
    assert cli.main(["generate"]) == 130
    assert capsys.readouterr().err == "cg-sim: interrupted\n"


def test_a_number_that_no_json_can_hold_in_an_import(tmp_path: Path) -> None:
    product = (
        '{"name": "A", "status": "Started", "profiles": [{"name": "P", "type": "SERVER", "protocol": "SFTP",'
        ' "port": 99999999999999999999999}]}'
    )
    export = tmp_path / "export.json"
    export.write_text(f'{{"products": [{product}], "flows": []}}', encoding="utf-8")
    status, _out, err = ended("import", "--json", str(export))
    assert "Traceback" not in err
    assert err
    assert status in (0, 1)


# ----------------------------------------------------------------------------------------------- nothing is ignored


def test_a_seed_that_is_not_read_is_reported(tmp_path: Path) -> None:
    database = str(tmp_path / "cg.sqlite")
    with served(tmp_path, "--db", database) as cg:
        assert cg.stop() == 0
    with served(tmp_path, "--db", database, estate=tmp_path / "nowhere.yml") as cg:
        assert cg.stop() == 0
        assert cg.process.stderr is not None
        said = cg.process.stderr.read()
    assert f"{database} already contains an estate: --seed {tmp_path / 'nowhere.yml'} is not read" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--password-env", "CG_SIM_TEST_UNSET"], "--password-env: there is no environment variable of this name"),
        (["--token-env", "CG_SIM_TEST_EMPTY"], "--token-env: the environment variable CG_SIM_TEST_EMPTY is empty"),
        (["--host", ""], "--host: an address is required"),
        (["--username", ""], "--username: a name is required"),
        (["--stop-after-idle", "0"], "--stop-after-idle 0.0: must be a number of seconds greater than 0"),
        (["--variant", "auth=bearer"], "CG_SIM_TOKEN"),
    ],
)
def test_options_that_would_open_or_lock_the_simulator_are_refused(arguments: list[str], words: str) -> None:
    status, out, err = ended("serve", *arguments, CG_SIM_TEST_EMPTY="", CG_SIM_TOKEN="")
    assert (status, out) == (1, "")
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["serve", "--password", "s3cret"], "--password"),
        (["serve", "--password=s3cret"], "--password"),
        (["serve", "-ps3cret"], "-p"),
        (["serve", "--password", "--s3cret"], "--password"),
        (["serve", "--tok", "s3cret"], "--tok"),  # not taken as an abbreviation of --token-env
        (["serve", "--password-env", "s3cret"], "--password-env"),
        (["proxy", "--upstream", "https://x", "--recording", "x", "--token", "s3cret"], "--token"),
        (["export", "--state", "x", "--password", "s3cret"], "--password"),
        (["export", "--url", "http://u:s3cret@127.0.0.1:1"], "--url"),
        (["--password", "s3cret", "serve"], "--password"),
    ],
)
def test_a_secret_behind_a_wrong_option_is_not_shown(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = cli.main(arguments)
    except SystemExit as ended:
        status = int(ended.code or 0)
    shown = capsys.readouterr()
    assert status in (1, 2)
    assert f"{named}:" in shown.err or f"{named}\n" in shown.err
    assert "s3cret" not in shown.out + shown.err


def test_an_argument_too_many_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["serve", "estate.yml"])
    assert "unrecognized arguments: estate.yml" in capsys.readouterr().err


def test_tokens_only_need_a_token() -> None:
    with pytest.raises(SettingError, match="auth=bearer needs a token"):
        Settings(start_variants={"auth": "bearer"})
    client = Client(Simulator())
    snapshot = client.control("POST", "snapshot").json()
    for path, body in (("variants", {"auth": "bearer"}), ("restore", {**snapshot, "variants": {"auth": "bearer"}})):
        reply = client.control("PUT" if path == "variants" else "POST", path, body)
        assert (reply.status, "auth=bearer needs a token" in reply.message) == (400, True)
    assert client.api("GET", "/products").status == 200
    assert Client(Simulator(Settings(token="t0ken"))).control("PUT", "variants", {"auth": "bearer"}).status == 200


# ------------------------------------------------------------------------------------------------------------- help


def test_help_names_the_places_and_what_each_choice_means() -> None:
    _status, text, _err = ended("--help")
    for words in ("/Axway/CentralGovernance/default/CentralGovernance/api/v2", "/console/", "/_sim", "cg-sim faults"):
        assert words in text
    _status, text, _err = ended("serve", "--help")
    unwrapped = " ".join(text.split())
    for key, values in VARIANTS.items():
        assert f"{key}={'|'.join(values)}" in text
        assert VARIANT_MEANINGS[key] in unwrapped
    assert "CA: PATH" in unwrapped


def test_the_command_faults_lists_all_kinds() -> None:
    _status, text, _err = ended("faults")
    unwrapped = " ".join(text.split())
    for name, kind in KINDS.items():
        assert f"\n  {name} " in text
        assert kind.meaning in unwrapped


# -------------------------------------------------------------------------------------------------------------- TLS


def test_the_path_of_the_ca_is_in_the_second_line_and_in_health(tmp_path: Path) -> None:
    with served(tmp_path, "--tls") as cg:
        assert cg.process.stdout is not None
        ca_path = cg.about["ca_path"]
        assert cg.process.stdout.readline() == f"CA: {ca_path}\n"
        assert cg.control("GET", "health")["ca_path"] == ca_path
    with served(tmp_path) as cg:
        assert "ca_path" not in cg.control("GET", "health")
        assert cg.stop() == 0
        assert cg.process.stdout is not None
        assert cg.process.stdout.read() == ""
