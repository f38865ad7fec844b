# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What always holds of an audit, whatever the estate, the declaration, the acceptances and the severities."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.acceptance import Acceptance
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.auditor import audit
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.changes import changes_between
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.inputs import (
    Certificate,
    Inputs,
    Observed,
    Settings,
    Source,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.memory import audit_data
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.result import as_result
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.rules import RULES
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.estate import Estate
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import (
    Backup,
    Deployment,
    Flow,
    FlowPart,
    Product,
    Profile,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import Declaration

NOW = datetime(2026, 11, 25, 21, tzinfo=timezone.utc)
NAMES = ["A", "B", "C", "D", "é ü", "F*", "<G>"]
# Best first: unknown is better than a critical finding, and worse than everything else.
VERDICTS = ("READY", "DEGRADED", "UNKNOWN", "NOT_READY")
SOURCES = ("products", "flows", "deployments", "certificates")

names = st.sampled_from(NAMES)
profiles = st.lists(
    st.builds(
        Profile,
        name=st.sampled_from(["ssh", "https"]),
        type=st.just("SERVER"),
        port=st.sampled_from([22, 22, 22, 990]),
        tls=st.booleans(),
        certificate_sha256=st.sampled_from(["", "good", "good", "old", "odd"]),
    ),
    max_size=2,
    unique_by=lambda profile: profile.name,
).map(tuple)
backups = st.lists(
    st.builds(lambda name, flag: Backup(f"id-{name}", name, flag), names, st.sampled_from([*[True] * 6, False, None])),
    max_size=2,
    unique_by=lambda backup: backup.id,
).map(tuple)
certificates = {
    "good": Certificate("CN=good", NOW + timedelta(days=300)),
    "old": Certificate("CN=old", NOW - timedelta(days=1)),
    "odd": Certificate(problem="it is no certificate"),
}
declarations = st.none() | st.lists(
    st.builds(Declaration, names, st.lists(names, max_size=2, unique=True).map(tuple)),
    max_size=3,
    unique_by=lambda declaration: declaration.master,
)
Things = tuple[list[Product], list[Flow], list[Deployment]]


@st.composite
def things(draw) -> Things:
    products = [
        Product(
            f"id-{name}",
            name,
            version=draw(st.sampled_from([*["5.5"] * 8, "5.4", ""])),
            status=draw(st.sampled_from([*["Started"] * 8, "Unreachable", "Stopped", "Registering", "?"])),
            type=draw(st.sampled_from(["SecureTransport"] * 4 + ["TransferCFT"])),
            profiles=draw(st.just(()) | profiles),
            backups=draw(st.just(()) | backups),
        )
        for name in draw(st.lists(names, max_size=6, unique=True))
    ]
    flows = [
        Flow(
            f"id-flow-{number}",
            f"flow {number}",
            draw(st.sampled_from(["Deployed", "Deployed", "Saved", "Saved, not deployed", "Deployed in error", "?"])),
            tuple(FlowPart(f"id-{part}", part, "source") for part in draw(st.lists(names, min_size=1, max_size=2))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    rows = [
        Deployment(flow.id, f"id-{name}", name, draw(st.sampled_from(["Deployed", "Deployed in error", "In progress"])))
        for flow in flows
        for name in draw(st.lists(names, max_size=3, unique=True))
    ]
    return products, flows, rows


def judged(audited: Things, declared: Sequence[Declaration] | None = None, unread: str = "", **options: Any) -> dict:
    sources = {name: Source(0, NOW, "it answered 500." if name == unread else "") for name in SOURCES}
    observed = Observed(Estate(*audited), sources, certificates)
    result = as_result(audit(Inputs(observed, NOW, declared, None, Settings(**options))))
    return {**result, "settings": {"masters": None}}


@given(things(), declarations)
def test_the_result_is_consistent(audited, declared):
    result = judged(audited, declared)
    assert json.loads(json.dumps(result)) == result
    assert sum(result["counts"].values()) == len(result["findings"])
    assert len({row["id"] for row in result["findings"]}) == len(result["findings"]), "ids are unique"
    counting = {row["severity"] for row in result["findings"]}
    assert (result["verdict"] == "READY") == (not counting & {"critical", "unknown", "warning"})
    assert (result["verdict"] == "NOT_READY") == ("critical" in counting)
    assert 0 <= result["score"]["value"] <= (49 if result["verdict"] == "NOT_READY" else 100)
    verdicts = [row["verdict"] for row in result["masters"]]
    assert all(VERDICTS.index(verdict) <= VERDICTS.index(result["verdict"]) for verdict in verdicts)
    if result["verdict"] == "READY":
        assert result["masters"], "an estate without a master is not ready"
    for row in result["masters"]:
        for backup in row["backups"]:
            assert VERDICTS.index(backup["verdict"]) <= VERDICTS.index(row["verdict"])


@given(things(), declarations, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_listed_changes_nothing(audited, declared, random):
    def shuffled(items):
        return random.sample(items, len(items))

    products, flows, rows = audited
    products = [product._replace(backups=tuple(shuffled(list(product.backups)))) for product in shuffled(products)]
    again = judged((products, shuffled(flows), shuffled(rows)), shuffled(list(declared)) if declared else declared)
    result = judged(audited, declared)
    ids = sorted(row["id"] for row in result["findings"])
    assert sorted(row["id"] for row in again["findings"]) == ids
    assert (again["verdict"], again["counts"], again["score"]) == (result["verdict"], result["counts"], result["score"])
    kept = audit_data({**result, "changes": changes_between(None, result)})
    assert changes_between({"data": kept}, again)["became"] == "same"


@given(things(), declarations, st.sampled_from(SOURCES))
def test_what_was_not_read_is_never_ready(audited, declared, source):
    result = judged(audited, declared, unread=source)
    assert result["verdict"] in ("UNKNOWN", "NOT_READY")
    assert all(row["verdict"] != "READY" for row in result["masters"])


acceptances = st.lists(
    st.builds(
        Acceptance,
        rule=st.sampled_from(sorted(RULES)),
        reason=st.just("r"),
        owner=st.just("o"),
        expires=st.sampled_from([date(2026, 11, 24), date(2026, 11, 25)]),
        master=st.sampled_from(["", "*", *NAMES]),
        backup=st.sampled_from(["", "*", *NAMES]),
    ),
    max_size=5,
)
severities = st.dictionaries(
    st.sampled_from(sorted(RULES.keys() - {"not_assessed"})),
    st.sampled_from(["critical", "warning", "info", "ignore"]),
    max_size=4,
)


@given(things(), declarations, acceptances, severities)
def test_critical_findings_never_disappear_silently(audited, declared, accepted, severity):
    plain = judged(audited, declared)
    result = judged(audited, declared, accepted=accepted, severity=severity)
    shown = {row["id"]: row for row in result["findings"]}
    rules = {row["rule"]: row for row in result["coverage"]["rules"]}
    for row in plain["findings"]:
        if row["id"] not in shown:
            # Its rule is ignored, or it reports a fact that only ignored rules need.
            needing = row["evidence"]["facts"].get("rules") or [row["rule"]]
            assert all(rules[rule]["state"] == "ignored" for rule in needing), row
        elif row["severity"] in ("critical", "unknown") and not shown[row["id"]]["accepted"]:
            chosen = severity.get(row["rule"], row["severity"])
            assert shown[row["id"]]["severity"] == chosen
            assert chosen not in ("critical", "unknown") or result["verdict"] in ("NOT_READY", "UNKNOWN")
    for row in result["findings"]:
        assert not (row["accepted"] and row["rule"] in ("not_assessed", "accepted_expired"))
        if row["accepted"]:
            assert row["accepted"]["expires"] >= "2026-11-25"
    assert result["counts"]["accepted"] == sum(bool(row["accepted"]) for row in result["findings"])


@given(things(), declarations, st.data())
def test_another_problem_never_improves_the_verdict(audited, declared, data):
    products, flows, rows = audited
    kind = data.draw(st.sampled_from(["status", "version", "flag", "flow", "row", "certificate"]))
    if kind in ("status", "version", "flag", "certificate") and products:
        at = data.draw(st.integers(0, len(products) - 1))
        product = products[at]
        worse = {
            "status": product._replace(status="Unreachable"),
            "version": product._replace(version="9.9"),
            "flag": product._replace(backups=tuple(entry._replace(synchronized=False) for entry in product.backups)),
            "certificate": product._replace(
                profiles=tuple(p._replace(tls=True, certificate_sha256="old") for p in product.profiles)
            ),
        }[kind]
        products = [*products[:at], worse, *products[at + 1 :]]
    elif kind == "flow" and flows:
        at = data.draw(st.integers(0, len(flows) - 1))
        flows = [*flows[:at], flows[at]._replace(status="Deployed in error"), *flows[at + 1 :]]
    elif kind == "row" and rows:
        at = data.draw(st.integers(0, len(rows) - 1))
        rows = [*rows[:at], rows[at]._replace(status="Deployed in error"), *rows[at + 1 :]]
    before, after = judged(audited, declared), judged((products, flows, rows), declared)
    assert VERDICTS.index(after["verdict"]) >= VERDICTS.index(before["verdict"])
