# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the rules of the audit, one row each.

PRIVATE to the collection: it may change at any time.

A row holds the rule's name, its default severity, its units (a property of ``Context``), the sources and options that
it needs, and the objects that its findings name. Its function takes the context and one unit, and yields ``Found`` or
``Unknown``. ``docs/rules.md`` has a section for each rule; a test compares them.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import blind_spots, rules_certificates, rules_declaration, rules_flows, rules_ledger, rules_pairs
from .findings import ACCEPTED_EXPIRED, CRITICAL, INFO, NOT_ASSESSED, UNKNOWN, WARNING, Found
from .findings import Unknown as NotKnown
from .inputs import CERTIFICATES, DECLARATION, DEPLOYMENTS, FLOWS, LEDGER, PRODUCTS
from .units import Context

# What a rule may need besides the sources: optional inputs of the user.
EXACT_STATE, RPO_TARGET, DRILL_INTERVAL, A_DRILL = "state: exact", "rpo_target", "drill_interval_days", "a drill"
ACCEPTED = "accepted"

Judge = Callable[[Context, t.Any], Iterator[Found | NotKnown]]


@dataclass(frozen=True)
class Rule:
    name: str
    severity: str
    each: str
    needs: tuple[str, ...]
    objects: tuple[str, ...]
    judge: Judge


_PAIR = ("master", "backup")
_MASTER_FLOW = ("master", "flow")
_SERVER = ("master", "backup", "product")

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "missing_backup",
            CRITICAL,
            "declared_pairs",
            (DECLARATION, PRODUCTS),
            _PAIR,
            rules_declaration.missing_backup,
        ),
        Rule(
            "undeclared_backup",
            WARNING,
            "pairs",
            (DECLARATION, EXACT_STATE, PRODUCTS),
            _PAIR,
            rules_declaration.undeclared_backup,
        ),
        Rule(
            "undeclared_master",
            WARNING,
            "masters",
            (DECLARATION, PRODUCTS),
            ("master",),
            rules_declaration.undeclared_master,
        ),
        Rule(
            "unknown_product",
            CRITICAL,
            "declared_products",
            (DECLARATION, PRODUCTS),
            _PAIR,
            rules_declaration.unknown_product,
        ),
        Rule("no_backup", WARNING, "standalone", (PRODUCTS, FLOWS, DEPLOYMENTS), ("product",), rules_flows.no_backup),
        Rule("not_synchronized", CRITICAL, "pairs", (PRODUCTS,), _PAIR, rules_pairs.not_synchronized),
        Rule("flag_disagrees", CRITICAL, "pairs", (PRODUCTS,), _PAIR, rules_pairs.flag_disagrees),
        Rule("version_drift", CRITICAL, "pairs", (PRODUCTS,), _PAIR, rules_pairs.version_drift),
        Rule("backup_not_registered", CRITICAL, "pairs", (PRODUCTS,), _PAIR, rules_pairs.backup_not_registered),
        Rule("backup_unreachable", CRITICAL, "pairs", (PRODUCTS,), _PAIR, rules_pairs.backup_unreachable),
        Rule("backup_stopped", WARNING, "pairs", (PRODUCTS,), _PAIR, rules_pairs.backup_stopped),
        Rule("master_unreachable", INFO, "masters", (PRODUCTS,), ("master",), rules_pairs.master_unreachable),
        Rule("flow_in_error", CRITICAL, "master_flows", (PRODUCTS, FLOWS), _MASTER_FLOW, rules_flows.flow_in_error),
        Rule(
            "flow_not_deployed", WARNING, "master_flows", (PRODUCTS, FLOWS), _MASTER_FLOW, rules_flows.flow_not_deployed
        ),
        Rule("flow_incomplete", INFO, "master_flows", (PRODUCTS, FLOWS), _MASTER_FLOW, rules_flows.flow_incomplete),
        Rule(
            "deployment_missing",
            CRITICAL,
            "master_flows",
            (PRODUCTS, FLOWS, DEPLOYMENTS),
            ("master", "backup", "flow", "product"),
            rules_flows.deployment_missing,
        ),
        # The severity on a backup; on other products it is a warning.
        Rule(
            "deployment_in_error",
            CRITICAL,
            "master_flows",
            (PRODUCTS, FLOWS, DEPLOYMENTS),
            ("master", "backup", "flow", "product"),
            rules_flows.deployment_in_error,
        ),
        Rule(
            "stale_deployment",
            WARNING,
            "flows",
            (PRODUCTS, FLOWS, DEPLOYMENTS),
            ("master", "flow", "product"),
            rules_flows.stale_deployment,
        ),
        Rule(
            "backup_used_directly",
            WARNING,
            "pairs",
            (PRODUCTS, FLOWS),
            ("master", "backup", "flow"),
            rules_pairs.backup_used_directly,
        ),
        Rule("shared_backup", WARNING, "pairs", (PRODUCTS,), _PAIR, rules_pairs.shared_backup),
        Rule(
            "certificate_expired",
            CRITICAL,
            "servers",
            (PRODUCTS, CERTIFICATES),
            _SERVER,
            rules_certificates.certificate_expired,
        ),
        Rule(
            "certificate_expiring",
            WARNING,
            "servers",
            (PRODUCTS, CERTIFICATES),
            _SERVER,
            rules_certificates.certificate_expiring,
        ),
        Rule("drill_overdue", WARNING, "estates", (LEDGER, DRILL_INTERVAL), (), rules_ledger.drill_overdue),
        Rule(
            "changed_since_drill", WARNING, "estates", (LEDGER, A_DRILL, PRODUCTS), (), rules_ledger.changed_since_drill
        ),
        Rule("sync_too_old", WARNING, "pairs", (LEDGER, RPO_TARGET, PRODUCTS), _PAIR, rules_pairs.sync_too_old),
        Rule(ACCEPTED_EXPIRED, WARNING, "acceptances", (ACCEPTED,), (), rules_ledger.accepted_expired),
        Rule(NOT_ASSESSED, UNKNOWN, "estates", (), ("master", "backup", "flow", "product"), blind_spots.not_assessed),
    )
}


def acceptable_objects() -> dict[str, tuple[str, ...]]:
    """For each rule the objects that its findings name, which an acceptance may match."""
    return {rule.name: rule.objects for rule in RULES.values()}
