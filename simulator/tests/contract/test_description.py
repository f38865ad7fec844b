# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API description is valid, complete, and has a provenance for everything."""

from __future__ import annotations

import openapi_spec_validator

from cg_sim.api.handlers import HANDLERS
from cg_sim.settings import VARIANTS
from cg_sim.spec import describe, load_spec, operations
from cg_sim.spec.provenance import claims, report

#: The known pages of the guide; everything marked as documented names one of them.
PAGES = {
    "Manage SecureTransport backups",
    "api_a2a",
    "api_backup",
    "api_introduction",
    "c_register_st",
    "flow_status",
    "promote_guidelines_api",
    "r_CFTStatusOps",
    "r_partner_fields",
}


def test_it_is_valid_openapi() -> None:
    openapi_spec_validator.validate(load_spec())
    for first in ("default", "alternate"):
        openapi_spec_validator.validate(
            describe({**{key: values[0] for key, values in VARIANTS.items()}, "remove_path": first})
        )


def test_everything_has_a_provenance() -> None:
    everything = list(claims())
    assert len(everything) > 200
    assert [claim for claim in everything if claim.provenance not in ("documented", "assumed")] == []
    assert [claim for claim in everything if (claim.provenance == "documented") != (claim.source is not None)] == []
    assert {claim.source for claim in everything if claim.source} <= PAGES


def test_documented_operations_are_those_of_the_guide() -> None:
    documented = {claim.subject for claim in claims() if claim.kind == "operation" and claim.provenance == "documented"}
    assert documented == {
        "listProducts",
        "getProduct",
        "listBackups",
        "addBackups",
        "registerSecureTransport",
    }


def test_a_part_of_something_assumed_is_assumed() -> None:
    provenance = {(claim.kind, claim.subject): claim.provenance for claim in claims()}
    assumed = [name for (kind, name), word in provenance.items() if kind == "operation" and word == "assumed"]
    assert "listFlows" in assumed
    for (kind, subject), word in provenance.items():
        if kind in ("parameter", "status code") and subject.split()[0] in assumed:
            assert word == "assumed", subject
    assert provenance["field", "Profile.name"] == "assumed"
    assert provenance["parameter", "listBackups path id"] == "documented"


def test_everything_that_the_guide_does_not_show_is_assumed() -> None:
    provenance = {(claim.kind, claim.subject): claim.provenance for claim in claims()}
    assert {word for (kind, _name), word in provenance.items() if kind == "status code"} == {"assumed"}
    for field in ("Participant.step", "ParticipantInput.step", "Participant.properties", "Flow.targets"):
        assert provenance["field", field] == "assumed", field
    assert provenance["field", "Step.commonProperties"] == "documented"
    assert provenance["field", "ParticipantsInput.type"] == "documented"
    assert provenance["constraint", "ParticipantsInput.type enum"] == "assumed"
    assert provenance["constraint", "Registration required"] == "assumed"
    assert provenance["constraint", "Registration.port maximum"] == "assumed"
    assert provenance["constraint", "Reference anyOf"] == "documented"


def test_answers_about_the_protocol_are_described() -> None:
    for operation in operations():
        assert "406" in operation.responses
        assert ("413" in operation.responses) == (operation.body_schema is not None)
        assert ("507" in operation.responses) == operation.writes


def test_every_operation_has_its_handler_and_its_variant_exists() -> None:
    assert {operation.id for operation in operations()} == set(HANDLERS)
    for operation in operations():
        if operation.variant:
            assert operation.variant[1] in VARIANTS[operation.variant[0]]


def test_links_refer_to_existing_operations() -> None:
    defaults = {key: values[0] for key, values in VARIANTS.items()}
    for variants in (defaults, {**defaults, "remove_path": "alternate", "synchronize_path": "alternate"}):
        items = [entry for item in describe(variants)["paths"].values() for entry in item.values()]
        described = [entry for entry in items if isinstance(entry, dict) and "operationId" in entry]
        linked = {
            link["operationId"]
            for entry in described
            for response in entry["responses"].values()
            for link in response.get("links", {}).values()
        }
        assert linked >= {"getProduct", "listBackups", "getFlow", "deployFlow", "listDeployments"}
        assert ("removeBackup" in linked) == (variants["remove_path"] == "default")
        assert linked <= {entry["operationId"] for entry in described}


def test_the_counts_of_the_report_are_correct() -> None:
    lines = report(listed=True).splitlines()
    totals = {line.rsplit(maxsplit=4)[0].strip(): line.split()[-4:-2] for line in lines[-5:]}
    assert [int(number) for number in totals["all"]] == [
        sum(claim.provenance == word for claim in claims()) for word in ("documented", "assumed")
    ]
