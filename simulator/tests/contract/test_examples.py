# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays the documentation's own examples in `examples/`. Each says which page it is from and which part of it is the
documentation's wording; other ids and fields are ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sim_client import Client

from cg_sim.api.asgi import PREFIX

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.yml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(cg: Client, path: Path) -> None:
    example = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert example["source"]
    assert example["verbatim"]
    cg.simulator.load(example["estate"])
    # The address in the guide's meta.href.
    headers = {**cg.headers, "host": "CG_host:6900", "accept": "application/json", "content-type": "application/json"}
    for step in example["steps"]:
        request = step["request"]
        content = request.get("body", "").encode()
        reply = cg.raw(request["method"], PREFIX + request["path"], content, headers, request.get("query", ""))
        assert reply.status == step["status"], reply.text
        if "answer" in step:
            assert reply.json() == step["answer"]
        if "contains" in step:
            assert _within(step["contains"], reply.json()), reply.text
        if "message" in step:
            assert reply.message == step["message"]


def _within(expected: Any, seen: Any) -> bool:
    """Compares lists entry by entry, objects by the expected keys."""
    if isinstance(expected, list):
        return len(expected) == len(seen) and all(map(_within, expected, seen))
    if isinstance(expected, dict):
        return all(key in seen and _within(value, seen[key]) for key, value in expected.items())
    return bool(expected == seen)
