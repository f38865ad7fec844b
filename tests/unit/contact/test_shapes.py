# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of expected fields is what the readers read, and shapes are compared with it."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api import records
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.assumptions import ASSUMPTIONS
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.candidates import (
    LOGINS,
    READS,
    WRITES,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.expected import (
    FIELDS,
    FLAG,
    LIST,
    NUMBER,
    OBJECT,
    TEXT,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.shapes import (
    compare,
    shape_of,
    unexpected_places,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import OPERATIONS
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations

READERS: dict[str, t.Callable[[dict[str, t.Any]], t.Any]] = {
    "products": records.read_product,
    "flows": records.read_flow,
    "deployments": records.read_deployment,
}
# What the guide shows and nothing depends on.
NOT_READ = {"backupProducts.meta.href"}
ENOUGH = {
    "products": {"name": "N", "type": "SecureTransport", "communicationProfiles": [], "backupProducts": []},
    "flows": {"name": "N", "sources": {"type": "PRODUCT", "parts": []}, "targets": []},
    "deployments": {"flow": "F", "product": "P"},
}
OBJECTS_OF = {"communicationProfiles": {"name": "P"}, "backupProducts": {"name": "B"}, "sources": {}, "targets": {}}


def put(document: dict[str, t.Any], place: str, value: t.Any) -> dict[str, t.Any]:
    head, _dot, rest = place.partition(".")
    if not rest:
        return {**document, head: value}
    inner = document.get(head)
    if not isinstance(inner, dict):
        inner = OBJECTS_OF.get(head, {})
    return {**document, head: put(dict(inner), rest, value)}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.kind} {field.place}")
def test_the_readers_read_each_expected_field(field):
    """Two values of a field make two records."""
    if field.place in NOT_READ:
        return
    for place in field.places:
        is_flag = field.types[0] == FLAG
        values = (True, False) if is_flag else (1, 2) if field.types[0] == NUMBER else ("Started", "Stopped")
        if field.types[0] in (LIST, OBJECT) and place in OBJECTS_OF | {"relays": None}:
            part = {"businessId": "I", "name": "J"}
            values = ([], [{"type": "PRODUCT", "parts": [part]}] if field.kind == "flows" else [part])
        if "parts" in place or field.group == "flow_parts":
            part_place = {"type": "type"}.get(place.rpartition(".")[2])
            if part_place:  # a stage's type shows with a part only
                base = put(ENOUGH[field.kind], f"{place.partition('.')[0]}.parts", [{"name": "X"}])
                read = [READERS[field.kind](put(base, place, value)) for value in values]
                assert read[0] != read[1], place
                continue
            head = place.partition(".")[0]
            rest = place.partition(".")[2]
            documents = [{**ENOUGH[field.kind], head: put({}, rest, value)} for value in values]
            read = [READERS[field.kind](document) for document in documents]
            assert read[0] != read[1], place
            continue
        read = [READERS[field.kind](put(ENOUGH[field.kind], place, value)) for value in values]
        assert read[0] != read[1], place


def test_shapes():
    items = [
        {"businessId": "a", "name": "A", "type": "T", "version": 5, "status": {"code": "X"}, "backupProducts": []},
        {"businessId": "b", "name": None, "type": "T", "version": "5", "status": "X", "new": {"in": {"it": 1}}},
    ]
    verdicts = {row.field.place: (row.verdict, row.evidence) for row in compare("products", shape_of(items))}
    assert verdicts["businessId"] == ("confirmed", "in 2 of 2")
    assert verdicts["name"] == ("confirmed", "in 1 of 2")
    assert verdicts["status"] == ("confirmed", "in 2 of 2")
    assert verdicts["host"] == ("not seen", "")
    assert verdicts["backupProducts.synchronized"] == ("not seen", "")
    assert unexpected_places("products", shape_of(items)) == ["status.code", "new"]


def test_a_single_object_counts_as_a_list_of_one():
    one = {"backupProducts": {"businessId": "a", "name": "A", "synchronized": "maybe"}}
    verdicts = {row.field.place: row.verdict for row in compare("products", shape_of([one]))}
    assert verdicts["backupProducts.businessId"] == "confirmed"


def test_very_deep_and_very_wide_answers_are_cut():
    deep: dict[str, t.Any] = {}
    for _level in range(200):
        deep = {"a": deep}
    assert len(shape_of([deep]).places) < 20
    assert len(shape_of([{str(number): 1 for number in range(10_000)}]).places) == 2000


def test_without_objects_nothing_is_contradicted():
    assert {row.verdict for kind in READERS for row in compare(kind, shape_of([]))} == {"not seen"}


def test_the_tables_name_operations_and_work_as_overrides():
    for table in (READS, WRITES):
        for name, overrides in table.items():
            for override in overrides:
                effective_operations({name: override})
    for override in LOGINS:
        effective_operations({"login": override})
    assert {name for name, operation in OPERATIONS.items() if not operation.is_write} == set(READS)
    assert {name for name, operation in OPERATIONS.items() if operation.is_write} == {*WRITES, "login"}


def test_each_assumption_has_a_name_of_its_own_and_each_operation_is_one():
    names = Counter(assumption.name for assumption in ASSUMPTIONS)
    assert max(names.values()) == 1
    assert set(OPERATIONS) - {"login"} <= set(names)
    groups = {field.group for field in FIELDS}
    assert groups <= set(names)
    assert TEXT in FIELDS[0].types
