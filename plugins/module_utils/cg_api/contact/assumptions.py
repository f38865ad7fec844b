# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The assumed and documented statements about Central Governance on which a first contact gives its verdicts.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..operations import ASSUMED, DOCUMENTED, OPERATIONS
from . import judging as judge
from . import judging_values as values
from .judging import Seen
from .verdicts import NOT_SEEN, Verdict

HANDLED = "The modules work either way."
NO_MATCH = "The modules work with [] and with 404; with anything else a search finds wrong objects."
OVERRIDE = "The option operations can be set accordingly; see the proposal."
OPTION = "A connection option can be set accordingly; see the proposal."
REPORT = "No option changes this; please report what was seen."


@dataclass(frozen=True)
class Assumption:
    """One statement; ``consequence`` says what follows when it is not true."""

    name: str
    text: str
    provenance: str
    consequence: str
    judge: t.Callable[[Seen], Verdict]


def _of_operations() -> t.Iterator[Assumption]:
    for name, operation in OPERATIONS.items():
        if operation.path:
            verdict = judge.write_path(name) if operation.is_write else judge.read(name)
            text = f"{operation.method} {operation.path}: {operation.purpose}"
            yield Assumption(name, text, operation.provenance, OVERRIDE, verdict)


def _not_by_reading(_seen: Seen) -> Verdict:
    """For statements about writes: nothing can be said without writing."""
    return Verdict(NOT_SEEN)


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption("api_prefix", "The API is below the documented path", DOCUMENTED, OPTION, judge.prefix),
    Assumption(
        "needs_credentials", "Nothing is answered without credentials", ASSUMED, HANDLED, judge.needs_credentials
    ),
    Assumption("basic", "Basic authentication is accepted", ASSUMED, OPTION, judge.way("basic")),
    Assumption("token", "A bearer token is accepted", ASSUMED, OPTION, judge.way("token")),
    Assumption(
        "session",
        "POST /login with username and password as JSON opens a session",
        ASSUMED,
        OVERRIDE,
        judge.way("session"),
    ),
    *_of_operations(),
    Assumption("bare_lists", "Lists are bare JSON arrays, also for one match", DOCUMENTED, HANDLED, judge.bare_lists),
    Assumption("one_page", "A list comes whole, not in pages", ASSUMED, OVERRIDE, judge.one_page),
    Assumption("whole_entries", "The entries of lists are whole objects", ASSUMED, HANDLED, judge.whole_entries),
    Assumption("no_match", "A search that finds nothing answers []", ASSUMED, NO_MATCH, judge.no_match),
    Assumption("wildcard", "% in a name is a wildcard, sent as %25", DOCUMENTED, REPORT, judge.wildcard),
    Assumption("unknown_id", "An unknown businessId is answered with 404", ASSUMED, REPORT, judge.unknown_id),
    Assumption("error_message", "Errors are JSON with a message", ASSUMED, HANDLED, judge.error_message),
    Assumption("business_ids", "A businessId is a UUID", DOCUMENTED, HANDLED, values.business_ids),
    Assumption("product_fields", "The fields of a product", DOCUMENTED, REPORT, values.fields("product_fields")),
    Assumption(
        "profile_fields", "The fields of a communication profile", ASSUMED, REPORT, values.fields("profile_fields")
    ),
    Assumption("protocols", "Protocols are SFTP, FTP, HTTP, PeSIT and AS2", DOCUMENTED, HANDLED, values.protocols),
    Assumption("product_statuses", "Products have the guide's statuses", DOCUMENTED, HANDLED, values.product_statuses),
    Assumption(
        "backup_fields", "The fields of a backup, with its flag", DOCUMENTED, REPORT, values.fields("backup_fields")
    ),
    Assumption(
        "backups_of_product", "A product's backupProducts are its list of backups", ASSUMED, REPORT, values.same_backups
    ),
    Assumption("flow_fields", "The fields of a flow", ASSUMED, REPORT, values.fields("flow_fields")),
    Assumption("flow_parts", "The sources and targets of a flow", DOCUMENTED, REPORT, values.fields("flow_parts")),
    Assumption("flow_statuses", "Flows have the guide's four statuses", DOCUMENTED, HANDLED, values.flow_statuses),
    Assumption("status_labels", "Statuses are labels, not codes or objects", ASSUMED, HANDLED, values.status_labels),
    Assumption(
        "properties_place",
        "Properties of a flow's parts are in step.commonProperties",
        DOCUMENTED,
        HANDLED,
        values.properties_place,
    ),
    Assumption("deployment_fields", "The fields of a deployment", ASSUMED, REPORT, values.fields("deployment_fields")),
    Assumption("deployment_statuses", "Deployments have known statuses", ASSUMED, HANDLED, values.deployment_statuses),
    Assumption("post_appends", "POST of backups adds to the list", ASSUMED, HANDLED, _not_by_reading),
    Assumption("known_backup", "POST of a backup that is listed is accepted", ASSUMED, HANDLED, _not_by_reading),
    Assumption("synchronization", "A synchronization is accepted, and ends later", ASSUMED, HANDLED, _not_by_reading),
    Assumption("removal", "A removal changes no status of flows", DOCUMENTED, REPORT, _not_by_reading),
    Assumption("deploy_answer", "A deploy is answered with any 2xx, and ends later", ASSUMED, HANDLED, _not_by_reading),
    Assumption("gate", "A deploy is refused while backups are not synchronized", DOCUMENTED, HANDLED, _not_by_reading),
)
