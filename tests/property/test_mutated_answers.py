# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in which something is not as expected: no traceback, and what is not understood never counts as "nothing".

One place of a small estate's documents is changed at random, in every answer that contains it, and the collection reads
them and plans from them all that it can. Only the exchange of bytes is left out: the answers are replies of the
transport.
"""

from __future__ import annotations

import copy
import json
import typing as t
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.calls import Call
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.replies import Reply
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.estate import Estate
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.flows import (
    ALWAYS,
    definition,
    plan_deployment,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import SAVED, Limit
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.profiles import compare_profiles
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.synchronization import (
    FORCE,
    SynchronizationRules,
    plan_synchronization,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import Declaration, plan_topology
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology_rules import EXACT, TopologyRules

IDS = {name: f"0d8cf9a4-7c1e-4b52-9a33-5f2f6e1c00a{number}" for number, name in enumerate(("A", "B", "C", "F", "G"))}


def _profile(name: str, port: int) -> dict[str, t.Any]:
    tls = {"enabled": True, "certificate": {"content": f"certificate of {name}"}}
    whole = {"type": "SERVER", "protocol": "SFTP", "port": port, "clientAuthentication": "PASSWORD", "ssl": tls}
    return {"businessId": f"id-{name}", "name": name, "fips": False, **whole}


def _product(name: str, *backups: str) -> dict[str, t.Any]:
    entries = [{"businessId": IDS[backup], "name": backup, "synchronized": True} for backup in backups]
    whole = {"type": "SecureTransport", "version": "5.5", "status": "Started", "backupProducts": entries}
    return {
        "businessId": IDS[name],
        "name": name,
        **whole,
        "communicationProfiles": [_profile("p", 22), _profile("q", 23)],
    }


def _flow(name: str, source: str, target: str, status: t.Any) -> dict[str, t.Any]:
    def stage(product: str) -> dict[str, t.Any]:
        return {"type": "PRODUCT", "parts": [{"part": {"businessId": IDS[product], "name": product}}]}

    ends = {"sources": stage(source), "relays": [], "targets": stage(target)}
    return {"businessId": IDS[name], "name": name, "status": status, **ends}


ESTATE: dict[str, list[dict[str, t.Any]]] = {
    "products": [_product("A", "B", "C"), _product("B"), _product("C")],
    "flows": [_flow("F", "A", "A", "Deployed"), _flow("G", "B", "A", {"code": "DEPLOYED"})],
    "deployments": [
        {"businessId": "d", "flow": {"businessId": IDS["F"]}, "product": {"businessId": IDS["A"]}, "status": "Deployed"}
    ],
}
GARBAGE = [None, "", " ", 0, -1, 7, 3.5, 10**30, True, False, "text", "\ud800", "Deployed", [], [None], [[]], ["text"]]
GARBAGE += [{}, {"x": 1}, {"name": {}}, {"name": "X"}, [{"name": "X"}], {"items": 5}, [{}], IDS["C"], "x" * 10_000]
NEW_KEY = "somethingElse"
# With these a server states that there is none.
EMPTY: tuple[t.Any, ...] = (None, [], {})


class Answers(Transport):
    """A Central Governance that holds the documents; its lists have whole documents, or summaries."""

    def __init__(self, documents: dict[str, t.Any], summaries: bool) -> None:
        super().__init__(Connection(url="http://cg", retries=0, max_parallel=1))
        self.documents, self.summaries = documents, summaries

    def _exchange(self, call: Call) -> Reply:
        status, body = self._answer(unquote(call.path))
        return Reply(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def _answer(self, path: str) -> tuple[int, t.Any]:
        kind, _, wanted = path.strip("/").replace("?", "/").partition("/")
        documents = self.documents[kind]
        if not wanted or not isinstance(documents, list):
            return 200, self._listed(documents)
        if wanted.endswith("/backupproducts"):
            return 404, {"message": "there is no such list"}
        word = wanted.partition("=")[2]
        found = [item for item in documents if isinstance(item, dict) and self._is(item, word or wanted, kind)]
        if word:
            return 200, found
        return (200, found[0]) if found else (404, {"message": "there is no such thing"})

    def _is(self, item: dict[str, t.Any], wanted: str, kind: str) -> bool:
        if kind == "deployments":
            flow = item.get("flow")
            return isinstance(flow, dict) and flow.get("businessId") == wanted
        return wanted in (item.get("businessId"), item.get("name"))

    def _listed(self, documents: t.Any) -> t.Any:
        left_out = ("backupProducts", "communicationProfiles", "sources", "relays", "targets") if self.summaries else ()
        if not isinstance(documents, list):
            return documents
        return [
            {key: value for key, value in item.items() if key not in left_out} if isinstance(item, dict) else item
            for item in documents
        ]


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


PLACES = list(places(ESTATE))


@st.composite
def mutations(draw: st.DrawFn) -> tuple[tuple[t.Any, ...], str, t.Any]:
    """A place, and what becomes of it: replaced by a value, taken away, or found under another key."""
    path = draw(st.sampled_from(PLACES))
    how = draw(
        st.sampled_from(
            ["replaced", "replaced", "taken away", "renamed"] if isinstance(path[-1], str) else ["replaced"]
        )
    )
    return path, how if len(path) > 1 else "replaced", draw(st.sampled_from(GARBAGE))


def mutated(path: tuple[t.Any, ...], how: str, value: t.Any) -> dict[str, t.Any]:
    documents = copy.deepcopy(ESTATE)
    place: t.Any = documents
    for key in path[:-1]:
        place = place[key]
    if how == "replaced":
        place[path[-1]] = value
    else:
        before = place.pop(path[-1])
        if how == "renamed":
            place[NEW_KEY] = before
    return documents


def read(documents: dict[str, t.Any], summaries: bool) -> tuple[list[t.Any], list[t.Any], list[t.Any]] | None:
    """Products, flows and deployments; None when one of them is an error."""
    client = CentralGovernance(Answers(documents, summaries), effective_operations(None))
    try:
        return client.products(), client.flows(), client.deployments()
    except CGError:
        return None


def plan_everything(products: list[t.Any], flows: list[t.Any], deployments: list[t.Any]) -> list[object]:
    estate = Estate(products, flows, deployments)
    rules = TopologyRules(EXACT, Limit.parse("50%"), protected=(IDS["B"].upper(),), allow_empty=True)
    synchronization = SynchronizationRules(FORCE, Limit.parse("0"))
    return [
        plan_topology([Declaration("A", ("C",))], estate, rules),
        plan_topology([Declaration(IDS["A"], ()), Declaration("B", ("C",))], estate, rules),
        plan_synchronization(estate.masters, estate, synchronization),
        plan_deployment(flows, estate, ALWAYS),
        [definition(plan.view) for plan in plan_deployment(flows, estate, ALWAYS).flows],
    ]


def is_about(path: tuple[t.Any, ...], *keys: str) -> bool:
    return any(key in path for key in keys)


@given(mutations(), st.booleans())
@settings(max_examples=settings().max_examples * 6)
def test_a_mutated_answer_ends_in_records_or_in_an_error_and_never_hides_anything(mutation, summaries):
    path, how, value = mutation
    found = read(mutated(*mutation), summaries)
    if found is None:
        return
    products, flows, deployments = found
    try:
        plan_everything(products, flows, deployments)
        for product in products:
            compare_profiles(product.profiles, ())
    except CGError:
        return  # something is Unknown, and was needed
    # All of it was understood, so nothing may be missing unless an answer stated that it is empty.
    if how == "replaced" and value in EMPTY:
        return
    by_name = {product.name: product for product in products}
    assert len(products) == len(ESTATE["products"])
    assert len(flows) == len(ESTATE["flows"])
    assert len(deployments) == len(ESTATE["deployments"])
    whole_list_replaced = how == "replaced" and path[-1] in ("backupProducts", "communicationProfiles", "parts")
    if "A" in by_name and not whole_list_replaced and not (how == "replaced" and path[-1] in ("sources", "targets")):
        assert len(by_name["A"].backups) >= 2
        for product in products:
            assert len(product.profiles) >= 2
        for flow in flows:
            assert len(flow.parts) >= 2 or flow.status == SAVED


@given(mutations())
def test_a_backup_counts_as_synchronized_only_when_the_answer_is_true(mutation):
    path, how, value = mutation
    found = read(mutated(*mutation), False)
    if found is None or not is_about(path, "synchronized"):
        return
    (master,) = [product for product in found[0] if product.name == "A"]
    entry = master.backups[path[path.index("backupProducts") + 1]]
    assert (entry.synchronized is True) == (how == "replaced" and value is True)


@pytest.mark.parametrize("summaries", [False, True], ids=["full", "summary"])
def test_without_a_mutation_everything_is_read(summaries):
    found = read(copy.deepcopy(ESTATE), summaries)
    if summaries:
        assert found is not None
    products, flows, deployments = t.cast("tuple[list[t.Any], list[t.Any], list[t.Any]]", found)
    assert [len(product.backups) for product in products] == [2, 0, 0]
    assert plan_everything(products, flows, deployments)
