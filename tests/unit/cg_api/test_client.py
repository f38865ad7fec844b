# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client asks for, and what it concludes from the answers."""

from __future__ import annotations

import pytest
from scripted_server import Answer, ScriptedServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import FEW, CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError, RequestOutcome
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.estate import Estate
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.profiles import compare_profiles

ID = "b430b2e7-b707-4d73-8cc9-c2022a44929e"
NO_ROUTE = {"status": 404, "body": {"message": "no route"}}
FLOW = {"businessId": "f", "name": "PAY & MENTS", "status": "Deployed"}
ROW = {"flow": {"businessId": "f"}, "product": {"businessId": "p", "name": "P"}, "status": "Deployed"}

WHOLE = {
    "type": "SecureTransport",
    "version": "5.5",
    "status": "Started",
    "communicationProfiles": [],
    "backupProducts": [],
}
SUMMARY = {"type": "SecureTransport", "version": "5.5", "status": "Started"}


def client(server: ScriptedServer, operations: dict | None = None) -> CentralGovernance:
    transport = Transport(Connection(url=server.url, retries=0, max_parallel=1))
    return CentralGovernance(transport, effective_operations(operations))


@pytest.mark.parametrize(
    ("read", "request_line"),
    [
        (lambda cg: cg.products(), "GET /products"),
        (lambda cg: cg.products(["A"]), "GET /products?name=A"),
        (lambda cg: cg.products_like("A%"), "GET /products?name=A%25"),
        (lambda cg: cg.products([ID]), f"GET /products/{ID}"),
        (lambda cg: cg.flows(), "GET /flows"),
        (lambda cg: cg.deployments(), "GET /deployments"),
        (lambda cg: cg.deployments(["f"]), "GET /deployments?flow=f"),
        (lambda cg: cg.backups(["m"]), "GET /products/m/backupproducts"),
    ],
)
@pytest.mark.parametrize("nonsense", [None, "please log in", {"message": "please log in"}, {"items": [], "total": 500}])
def test_no_read_takes_an_answer_that_it_does_not_understand_for_an_empty_list(read, request_line, nonsense):
    answer = Answer(request_line, body='"please log in"' if nonsense == "please log in" else nonsense)
    with (
        ScriptedServer(answer) as server,
        pytest.raises(CGError, match="Central Governance answered 200 with") as caught,
    ):
        read(client(server))
    assert (caught.value.status, caught.value.outcome) == (200, RequestOutcome.UNKNOWN)


def test_a_message_instead_of_a_list_is_reported():
    answer = Answer("GET /products", body={"message": "please log in"})
    with ScriptedServer(answer) as server, pytest.raises(CGError, match=r"It said: please log in\.") as caught:
        client(server).products()
    assert caught.value.server_message == "please log in"


@pytest.mark.parametrize(
    "partial", [{"headers": {"Link": '<https://cg/products?page=2>; rel="next"'}}, {"status": 206}], ids=["link", "206"]
)
def test_a_part_of_a_list_is_refused(partial):
    answer = Answer("GET /products", body=[{"name": "A"}], **partial)
    with ScriptedServer(answer) as server, pytest.raises(CGError, match="a part of the list"):
        client(server).products()


def test_a_search_that_answers_404_has_found_nothing():
    script = [
        Answer("GET /products?name=A", **NO_ROUTE),
        Answer("GET /products?name=B", body=[{"name": "B", **WHOLE}]),
    ]
    with ScriptedServer(*script) as server:
        assert [product.name for product in client(server).products(["A", "B"])] == ["B"]


def test_when_all_searches_answer_404_the_bulk_read_shows_whether_the_url_is_wrong():
    script = [Answer("GET /products?name=A", **NO_ROUTE), Answer("GET /products", **NO_ROUTE)]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="GET /products: .* answered 404"):
        client(server).products(["A"])


def test_deployments_that_answer_404_are_looked_for_in_the_whole_list():
    script = [Answer("GET /deployments?flow=f", **NO_ROUTE), Answer("GET /deployments", body=[ROW])]
    with ScriptedServer(*script) as server:
        assert [row.product_name for row in client(server).deployments(["f"])] == ["P"]
    script[1].body = []
    with ScriptedServer(*script) as server:
        assert client(server).deployments(["f"]) == []


def test_deployments_without_a_route_are_not_an_empty_list():
    script = [Answer("GET /deployments?flow=f", **NO_ROUTE), Answer("GET /deployments", **NO_ROUTE)]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="answered 404"):
        client(server).deployments(["f"])


def test_backups_that_answer_404_are_looked_for_in_the_products_own_record():
    product = {"businessId": "m", "name": "M", **WHOLE, "backupProducts": [{"businessId": "b", "name": "B"}]}
    script = [Answer("GET /products/m/backupproducts", **NO_ROUTE), Answer("GET /products/m", body=product)]
    with ScriptedServer(*script) as server:
        assert [backup.name for backup in client(server).backups(["m"])["m"]] == ["B"]


@pytest.mark.parametrize("record", [NO_ROUTE, {"body": {"businessId": "m", "name": "M"}}], ids=["404", "silent"])
def test_missing_lists_of_backups_are_not_empty(record):
    script = [Answer("GET /products/m/backupproducts", **NO_ROUTE), Answer("GET /products/m", **record)]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="GET /products/m/backupproducts: .* 404"):
        client(server).backups(["m"])


def test_a_master_missing_from_the_bulk_read_is_not_one_without_backups():
    masters = [f"m{number}" for number in range(FEW + 1)]
    known = [{"businessId": master, "name": master, "backupProducts": []} for master in masters[1:]]
    script = [
        Answer("GET /products", body=known),
        Answer("GET /products/m0/backupproducts", **NO_ROUTE),
        Answer("GET /products/m0", **NO_ROUTE),
    ]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="m0/backupproducts: .* 404"):
        client(server).backups(masters)


def test_the_case_of_a_business_id_makes_no_difference():
    product = {"businessId": ID, "name": "A", **WHOLE}
    with ScriptedServer(Answer(f"GET /products/{ID}", body=product)) as server:
        assert [found.id for found in client(server).products([ID.upper()])] == [ID]


@pytest.mark.parametrize("asked", [ID, ID.upper()])
def test_ids_are_sent_in_the_case_that_the_server_uses(asked):
    backup = "0D8CF9A4-0000-4000-8000-00000000000B"
    product = {"businessId": ID.upper(), "name": "A", **WHOLE}
    product["backupProducts"] = [{"businessId": backup, "name": "B", "synchronized": False}]
    pair = f"/products/{ID.upper()}/backupproducts"
    script = [
        Answer(f"GET /products/{ID}", **NO_ROUTE),
        Answer(f"GET /products/{ID.upper()}", body=product),
        Answer(f"GET {pair}", body=product["backupProducts"]),
        Answer(f"POST {pair}", 201),
        Answer(f"POST {pair}/{backup}/synchronize", 202),
        Answer(f"DELETE {pair}/{backup}", 204),
    ]
    with ScriptedServer(*script) as server:
        cg = client(server)
        (master,) = cg.products([asked])
        assert (master.id, master.backups[0].id) == (ID, backup.lower())
        assert cg.backups([master.id]) == {ID: master.backups}
        cg.add_backups(master, master.backups)
        cg.synchronize(master, master.backups[0])
        cg.remove_backup(master, master.backups[0])
    assert server.requests[3][2] == [{"businessId": backup, "name": "B"}]


def test_deployments_can_be_asked_for_by_the_flows_name():
    by_name = {"flow_deployments": {"path": "/deployments?flow={name}"}}
    script = [
        Answer("GET /flows", body=[{**FLOW, "status": "Saved, not deployed", "sources": {}, "targets": {}}]),
        Answer("GET /deployments?flow=PAY%20%26%20MENTS", body=[ROW]),
    ]
    with ScriptedServer(*script) as server:
        cg = client(server, by_name)
        cg.flows()
        assert len(cg.deployments(["f"])) == 1


def test_a_flows_name_that_is_not_known_yet_is_read():
    by_name = {"flow_deployments": {"path": "/deployments?flow={name}"}}
    script = [
        Answer(f"GET /flows/{ID}", body={**FLOW, "businessId": ID, "name": "F"}),
        Answer("GET /deployments?flow=F", body=[ROW]),
    ]
    with ScriptedServer(*script) as server:
        assert len(client(server, by_name).deployments([ID])) == 1


def test_a_name_that_no_url_can_carry_is_reported():
    with (
        ScriptedServer() as server,
        pytest.raises(CGError, match="characters that cannot be encoded in a URL") as caught,
    ):
        client(server).products(["\udce9"])
    assert caught.value.outcome is RequestOutcome.NOT_SENT


# Lists that hold summaries


def test_keys_missing_from_a_list_are_read_from_each_object():
    names = ["A", "B"]
    script = [Answer("GET /products", body=[{"businessId": name, "name": name, **SUMMARY} for name in names])]
    backups = {"A": [{"businessId": "B", "name": "B", "synchronized": True}], "B": []}
    script += [
        Answer(
            f"GET /products/{name}", body={"businessId": name, "name": name, **WHOLE, "backupProducts": backups[name]}
        )
        for name in names
    ]
    with ScriptedServer(*script) as server:
        first, second = client(server).products()
    assert [backup.name for backup in first.backups] == ["B"]
    assert (second.backups, second.profiles) == ((), ())


def test_keys_missing_from_a_list_of_flows_are_read_from_each_flow():
    part = {"part": {"businessId": "p", "name": "P"}}
    script = [
        Answer("GET /flows", body=[{**FLOW, "status": "Deployed"}]),
        Answer("GET /flows/f", body={**FLOW, "status": "Deployed", "sources": {"parts": [part]}, "targets": {}}),
    ]
    with ScriptedServer(*script) as server:
        (flow,) = client(server).flows()
    assert [part.id for part in flow.parts] == ["p"]


def test_of_listed_summaries_only_the_named_objects_are_read():
    names = [f"N{number}" for number in range(FEW + 10)]
    wanted = names[: FEW + 1]
    listed = [{"businessId": name, "name": name, **SUMMARY} for name in names]
    script = [Answer("GET /products", body=listed)]
    script += [Answer(f"GET /products/{name}", body={"businessId": name, "name": name, **WHOLE}) for name in wanted]
    # Once it is known that lists hold summaries, they are not read again for many named objects.
    script += [
        Answer(f"GET /products?name={name}", body=[{"businessId": name, "name": name, **WHOLE}]) for name in wanted
    ]
    script += [Answer(f"GET /products/{name}/backupproducts", body=[]) for name in wanted]
    with ScriptedServer(*script) as server:
        cg = client(server)
        assert [product.name for product in cg.products(wanted)] == wanted
        assert [product.name for product in cg.products(wanted)] == wanted
        assert cg.backups(wanted) == dict.fromkeys(wanted, ())


def test_backups_that_no_record_holds_are_read_from_their_own_list():
    record = {"businessId": "A", "name": "A", **WHOLE}
    del record["backupProducts"]
    script = [
        Answer("GET /products", body=[record, {**record, "businessId": "B", "name": "B"}]),
        Answer("GET /products/A", body=record),
        Answer("GET /products/B", body={**record, "businessId": "B", "name": "B"}),
        Answer("GET /products/A/backupproducts", body=[{"businessId": "B", "name": "B"}]),
        # Another product has such a list and this product exists, so it has no backups.
        Answer("GET /products/B/backupproducts", **NO_ROUTE),
    ]
    with ScriptedServer(*script) as server:
        first, second = client(server).products()
    assert [backup.name for backup in first.backups] == ["B"]
    assert second.backups == ()


def test_missing_lists_are_unknown_and_raise_when_used():
    record = {"businessId": "A", "name": "A", **SUMMARY}
    script = [
        Answer("GET /products", body=[record]),
        Answer("GET /products/A", body=record),
        Answer("GET /products/A/backupproducts", **NO_ROUTE),
        Answer("GET /flows", body=[{**FLOW, "status": "Deployed"}]),
        Answer("GET /flows/f", body={**FLOW, "status": "Deployed"}),
    ]
    with ScriptedServer(*script) as server:
        cg = client(server)
        (product,), (flow,) = cg.products(), cg.flows()
    for question, words in (
        (lambda: Estate([product]).masters, "does not say which backups A has"),
        (lambda: Estate([product]).masters_of("x"), "does not say which backups A has"),
        (lambda: compare_profiles(product.profiles, ()), "does not say which communication profiles A has"),
        (lambda: Estate([], [flow]).flows_using("x"), "does not say which products the flow PAY & MENTS uses"),
    ):
        with pytest.raises(CGError, match=words):
            question()


def test_backups_without_a_name_are_called_by_that_of_their_product():
    first, second = "0d8cf9a4-0000-4000-8000-00000000000a", "0d8cf9a4-0000-4000-8000-00000000000b"
    entries = [{"businessId": first, "synchronized": True}, {"businessId": second, "synchronized": True}]
    master = {"businessId": "m", "name": "M", **WHOLE, "backupProducts": entries}
    script = [
        Answer("GET /products?name=M", body=[master]),
        Answer(f"GET /products/{first}", body={"businessId": first, "name": "B1", **WHOLE}),
        Answer(f"GET /products/{second}", **NO_ROUTE),  # gone from Central Governance
        Answer("GET /products/m/backupproducts", body=entries),
        Answer(f"GET /products/{second}", **NO_ROUTE),
    ]
    with ScriptedServer(*script) as server:
        cg = client(server)
        (product,) = cg.products(["M"])
        assert [backup.name for backup in product.backups] == ["B1", second]
        assert [backup.name for backup in cg.backups(["m"])["m"]] == ["B1", second]


@pytest.mark.parametrize("kind", ["products", "flows"])
def test_two_objects_with_the_same_business_id_are_an_error(kind):
    twins = [{"businessId": "x", "name": name, "sources": {}, "targets": {}, **WHOLE} for name in ("A", "B")]
    with (
        ScriptedServer(Answer(f"GET /{kind}", body=twins)) as server,
        pytest.raises(CGError, match="A and B have the same businessId"),
    ):
        getattr(client(server), kind)()
