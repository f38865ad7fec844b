# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder finds what the collection needs, and makes a build context of the example.

Whether the image can be built is not tested here, since that needs a container engine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml
from harness import CHECKOUT

BUILDER = Path(sys.executable).with_name("ansible-builder")


def builder(*arguments: str | Path) -> str:
    ran = subprocess.run([BUILDER, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_introspect_finds_the_requirements_of_the_collection(tmp_path: Path) -> None:
    place = tmp_path / "ansible_collections" / "mftops"
    place.mkdir(parents=True)
    (place / "central_governance").symlink_to(CHECKOUT, target_is_directory=True)
    packages, system_packages = tmp_path / "pip", tmp_path / "bindep"
    builder("introspect", tmp_path, "--write-pip", packages, "--write-bindep", system_packages)
    found = packages.read_text(encoding="utf-8")
    wanted = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    for requirement in wanted:
        if requirement and not requirement.startswith("#"):
            assert requirement.split()[0] in found
    assert not system_packages.exists(), "the collection needs no system packages"


def test_create_makes_a_build_context_of_the_example(tmp_path: Path) -> None:
    builder(
        "create",
        "-f",
        CHECKOUT / "execution-environment.yml",
        "-c",
        tmp_path / "context",
        "--output-filename",
        "Containerfile",
    )
    containerfile = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    example = yaml.safe_load((CHECKOUT / "execution-environment.yml").read_text(encoding="utf-8"))
    assert example["images"]["base_image"]["name"] in containerfile
    for part in ("ansible_core", "ansible_runner"):
        assert example["dependencies"][part]["package_pip"] in containerfile
    collections = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert collections == example["dependencies"]["galaxy"]
