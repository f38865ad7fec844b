# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, in real ansible-inventory, against the simulator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from estates import product, synchronized, unsynchronized
from harness import CHECKOUT, Inventory, Simulator, run_inventory, run_playbook
from harness.simulator import PASSWORD

PLUGIN = "mftops.central_governance.products"
Source = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    def write(text: str = "", **options: Any) -> Path:
        path = tmp_path / "my.cg_products.yml"
        path.write_text(text or yaml.safe_dump({"plugin": PLUGIN, **options}), encoding="utf-8")
        return path

    return write


def estate() -> dict[str, Any]:
    return {
        "products": [
            product("PARIS", tags=["west", "prod"], backups=[*synchronized("LYON"), *unsynchronized("LILLE")]),
            product("LYON", tags=["west"], status="Unreachable"),
            product("LILLE", tags=["west"], version="5.4"),
            product("WIEN", tags=["central"]),
            product("CFT", type="TransferCFT", tags=["west"]),
        ]
    }


def refused(run: Inventory, *words: str) -> str:
    """The message. The run failed with it, without a traceback and without the password."""
    assert run.rc != 0, run.output
    assert "Traceback" not in run.output, run.output
    assert PASSWORD not in run.output
    # Ansible wraps its messages, and adds those of the other plugins that it tried.
    said = " ".join(run.output.split())
    for word in words:
        assert word in said, run.output
    return said


def test_products_are_hosts_with_their_role_their_backups_and_constructed_groups(
    simulator: Callable[..., Simulator], source: Source
) -> None:
    cg = simulator(estate())
    path = source(
        strict=True,
        keyed_groups=[{"key": "cg_tags", "prefix": "tag"}, {"key": "cg_version", "prefix": "st"}],
        groups={"not_ready": "cg_role == 'master' and not cg_synchronized"},
        compose={"backup_names": "cg_backups | map(attribute='name') | sort"},
    )

    run = run_inventory(path, environment=cg.environment)

    assert sorted(run.hosts) == ["LILLE", "LYON", "PARIS", "WIEN"]
    assert {name: hosts for name, hosts in run.groups.items() if name != "ungrouped"} == {
        "cg_masters": ["PARIS"],
        "cg_backups": ["LILLE", "LYON"],
        "cg_standalone": ["WIEN"],
        "tag_west": ["LILLE", "LYON", "PARIS"],
        "tag_prod": ["PARIS"],
        "tag_central": ["WIEN"],
        "st_5_4": ["LILLE"],
        "st_5_5": ["LYON", "PARIS", "WIEN"],
        "not_ready": ["PARIS"],
    }
    paris, lyon = run.hosts["PARIS"], run.hosts["LYON"]
    assert paris["ansible_host"] == "st.example.com"
    assert paris["backup_names"] == ["LILLE", "LYON"]
    backups = {row.pop("name"): row for row in paris["cg_backups"]}
    assert backups["LYON"] == {
        "id": lyon["cg_id"],
        "inventory_hostname": "LYON",
        "synchronized": True,
        "status": "Unreachable",
        "version": "5.5",
    }
    assert not backups["LILLE"]["synchronized"]
    assert [master["name"] for master in lyon["cg_masters"]] == ["PARIS"]
    assert (lyon["cg_role"], lyon["cg_synchronized"], lyon["cg_registered"]) == ("backup", True, True)
    # One bulk read, whatever the size; nothing else was asked for.
    assert [(entry["method"], entry["path"].rpartition("/")[2]) for entry in cg.journal()] == [("GET", "products")]

    path = source(type="", tags=["west"], status=["started"], role_groups=False)
    narrow = run_inventory(path, environment=cg.environment)
    assert sorted(narrow.hosts) == ["CFT", "LILLE", "PARIS"]
    assert "cg_masters" not in narrow.groups


def test_hostile_names_are_never_used_as_templates_paths_or_options(
    simulator: Callable[..., Simulator], source: Source, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    hostile = f"{{{{ lookup('pipe', 'touch {touched}') }}}}"
    cg = simulator(
        {
            "products": [
                product(hostile, host=hostile, tags=[hostile, "{% raw %}"], backups=unsynchronized("../../etc/passwd")),
                product("../../etc/passwd", host="-oProxyCommand=touch"),
                product("localhost"),
                product("-h"),
            ]
        }
    )
    path = source(strict=True, keyed_groups=[{"key": "cg_tags", "prefix": "tag"}], compose={"again": "cg_name"})

    hosts = run_inventory(path, environment=cg.environment).hosts
    (evil,) = [name for name, variables in hosts.items() if variables["cg_name"] == hostile]
    assert hosts[evil]["again"] == hosts[evil]["cg_host"] == hostile
    assert "ansible_host" not in hosts[evil]
    assert not any(name.startswith(("-", ".", "{{")) or "/" in name or name == "localhost" for name in hosts)
    assert not any("ansible_host" in hosts[name] for name in hosts if "etc" in name)

    # And in a play, where everything is templated.
    show = {"ansible.builtin.debug": {"msg": "{{ [inventory_hostname, cg_name, again, cg_tags, cg_backups] }}"}}
    play = {"hosts": "cg_masters", "connection": "local", "gather_facts": False, "tasks": [show]}
    run = run_playbook([play], arguments=["-i", str(path)], environment=cg.environment).succeeded()
    shown = run.of("debug")["msg"]
    assert shown[0] == evil and shown[1] == shown[2] == hostile and shown[3][0] == hostile
    assert not touched.exists()


def test_the_cache_saves_requests_and_holds_no_secret(
    simulator: Callable[..., Simulator], source: Source, tmp_path: Path
) -> None:
    cg = simulator(estate())
    folder = tmp_path / "cache"
    cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}

    def read(**options: Any) -> dict[str, dict]:
        return run_inventory(source(**cached, **options), environment=cg.environment).hosts

    first = read()
    cg.forget_journal()
    assert read() == first
    # Other filters and groups use the same cache.
    assert sorted(read(tags=["central"])) == ["WIEN"]
    assert cg.journal() == []
    (kept,) = folder.iterdir()
    assert PASSWORD not in kept.read_text(encoding="utf-8")

    # It is not used when it is flushed, for another user, nor when it is not what the plugin wrote.
    nothing = {"hosts": "PARIS", "connection": "local", "gather_facts": False, "tasks": []}
    run_playbook([nothing], arguments=["-i", str(source(**cached)), "--flush-cache"], environment=cg.environment)
    assert len(cg.journal()) == 1
    other = run_inventory(source(**cached), environment={**cg.environment, "CG_USERNAME": "somebody"})
    refused(other, "401")
    kept.write_text(kept.read_text(encoding="utf-8").replace("version", "versions"), encoding="utf-8")
    cg.forget_journal()
    assert read() == first
    assert len(cg.journal()) == 1


def test_options_may_be_encrypted_or_templates_and_a_session_may_be_opened(
    simulator: Callable[..., Simulator], source: Source, tmp_path: Path
) -> None:
    cg = simulator(estate(), variants={"auth": "session"})
    vault = tmp_path / "vault"
    vault.write_text("vault password", encoding="utf-8")
    encrypted = subprocess.run(
        [Path(sys.executable).with_name("ansible-vault"), "encrypt_string", "--vault-password-file", vault, PASSWORD],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C.UTF-8", "HOME": str(tmp_path)},
    ).stdout
    path = source(
        f"plugin: {PLUGIN}\nurl: \"{{{{ lookup('env', 'WHERE') }}}}\"\nusername: admin\n"
        f"operations: {{login: {{path: /login}}}}\npassword: {encrypted}"
    )
    run = run_inventory(path, environment={"WHERE": cg.url}, arguments=["--vault-password-file", str(vault)])
    assert sorted(run.hosts) == ["LILLE", "LYON", "PARIS", "WIEN"]
    assert PASSWORD not in run.output


@pytest.mark.parametrize(
    ("options", "environment", "words"),
    [
        ({}, {"CG_URL": ""}, "url: it is missing. Give it in the inventory file, or in the environment as CG_URL."),
        ({"passwrod": "x"}, {}, "passwrod: the plugin products has no option of this name. Did you mean password?"),
        ({"username": "u", "token": "t"}, {}, "username and token: give one of them, not both"),
        ({"timeout": "soon"}, {}, "timeout"),
        ({}, {"CG_TIMEOUT": "soon"}, "CG_TIMEOUT"),
        ({"headers": [PASSWORD]}, {}, "headers"),
        ({}, {"CG_HEADERS": f"{{{PASSWORD}"}, "headers"),
        ({"headers": {"X-Key": {"a": PASSWORD}}}, {}, "headers: entry 1"),
        ({"operations": {"add_backups": {"body": "/x"}}}, {}, "add_backups"),
        ({"url": "{{ nowhere_defined }}"}, {}, "nowhere_defined"),
        ({}, {"CG_PASSWORD": "wrong"}, "GET /products: Central Governance answered 401"),
        ({}, {"CG_URL": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        ({"strict": True, "compose": {"x": "nowhere_defined"}}, {}, "nowhere_defined"),
        ({"status": 7}, {}, "status"),
    ],
)
def test_invalid_values_are_refused_with_a_message(
    simulator: Callable[..., Simulator],
    source: Source,
    options: dict[str, Any],
    environment: dict[str, str],
    words: str,
) -> None:
    cg = simulator(estate())
    run = run_inventory(source(retries=0, **options), environment={**cg.environment, **environment})
    refused(run, words)


def test_files_with_other_names_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "products.yml"
    other.write_text(f"plugin: {PLUGIN}\n", encoding="utf-8")
    refused(run_inventory(other))


def test_the_table_of_the_modules_and_the_documentation_of_the_plugin_agree() -> None:
    from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import CONNECTION

    shown = subprocess.run(
        [Path(sys.executable).with_name("ansible-doc"), "--json", "-t", "inventory", PLUGIN],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C.UTF-8", "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".venv" / "collections")},
    )
    documented = json.loads(shown.stdout)[PLUGIN]["doc"]["options"]
    for name, option in CONNECTION.items():
        for key in ("type", "default"):
            assert documented[name].get(key) == option.get(key), (name, key)
        assert documented[name].get("required", False) == option.get("required", False), name
        variables = {entry["name"] for entry in documented[name].get("env", [])}
        said = " ".join(documented[name]["description"])
        if name in ("headers", "operations"):
            assert not variables and f"E(CG_{name.upper()})" in said
        elif name in ("retries", "max_parallel"):
            assert not variables and "fallback" not in option
        else:
            assert variables == {f"CG_{name.upper()}"} and f"E(CG_{name.upper()})" in said
