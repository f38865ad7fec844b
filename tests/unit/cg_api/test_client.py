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

ID = "b430b2e7-b707-4d73-8cc9-c2022a44929e"
NO_ROUTE = {"status": 404, "body": {"message": "no route"}}
FLOW = {"businessId": "f", "name": "PAY & MENTS", "status": "Deployed"}
ROW = {"flow": {"businessId": "f"}, "product": {"businessId": "p", "name": "P"}, "status": "Deployed"}


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


def test_the_servers_words_in_place_of_a_list_are_told():
    answer = Answer("GET /products", body={"message": "please log in"})
    with ScriptedServer(answer) as server, pytest.raises(CGError, match=r"It said: please log in\.") as caught:
        client(server).products()
    assert caught.value.server_message == "please log in"


@pytest.mark.parametrize(
    "partial", [{"headers": {"Link": '<https://cg/products?page=2>; rel="next"'}}, {"status": 206}], ids=["link", "206"]
)
def test_a_part_of_a_list_is_no_list(partial):
    answer = Answer("GET /products", body=[{"name": "A"}], **partial)
    with ScriptedServer(answer) as server, pytest.raises(CGError, match="a part of the list"):
        client(server).products()


def test_a_search_that_answers_404_has_found_nothing():
    script = [
        Answer("GET /products?name=A", **NO_ROUTE),
        Answer("GET /products?name=B", body=[{"name": "B"}]),
    ]
    with ScriptedServer(*script) as server:
        assert [product.name for product in client(server).products(["A", "B"])] == ["B"]


def test_when_all_searches_answer_404_the_bulk_read_tells_whether_the_url_is_wrong():
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


def test_deployments_without_a_route_are_not_no_deployments():
    script = [Answer("GET /deployments?flow=f", **NO_ROUTE), Answer("GET /deployments", **NO_ROUTE)]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="answered 404"):
        client(server).deployments(["f"])


def test_backups_that_answer_404_are_looked_for_in_the_products_own_record():
    product = {"businessId": "m", "name": "M", "backupProducts": [{"businessId": "b", "name": "B"}]}
    script = [Answer("GET /products/m/backupproducts", **NO_ROUTE), Answer("GET /products/m", body=product)]
    with ScriptedServer(*script) as server:
        assert [backup.name for backup in client(server).backups(["m"])["m"]] == ["B"]


@pytest.mark.parametrize("record", [NO_ROUTE, {"body": {"businessId": "m", "name": "M"}}], ids=["404", "silent"])
def test_backups_that_nobody_tells_are_not_no_backups(record):
    script = [Answer("GET /products/m/backupproducts", **NO_ROUTE), Answer("GET /products/m", **record)]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="GET /products/m/backupproducts: .* 404"):
        client(server).backups(["m"])


def test_a_master_that_the_bulk_read_does_not_know_is_not_without_backups():
    masters = [f"m{number}" for number in range(FEW + 1)]
    known = [{"businessId": master, "name": master, "backupProducts": []} for master in masters[1:]]
    script = [
        Answer("GET /products", body=known),
        Answer("GET /products/m0/backupproducts", **NO_ROUTE),
        Answer("GET /products/m0", **NO_ROUTE),
    ]
    with ScriptedServer(*script) as server, pytest.raises(CGError, match="m0/backupproducts: .* 404"):
        client(server).backups(masters)


def test_a_business_id_in_upper_case_is_looked_for_in_lower_case_too():
    product = {"businessId": ID, "name": "A"}
    script = [Answer(f"GET /products/{ID.upper()}", **NO_ROUTE), Answer(f"GET /products/{ID}", body=product)]
    with ScriptedServer(*script) as server:
        assert [found.id for found in client(server).products([ID.upper()])] == [ID]


def test_deployments_can_be_asked_for_by_the_flows_name():
    by_name = {"flow_deployments": {"path": "/deployments?flow={name}"}}
    script = [
        Answer("GET /flows", body=[FLOW]),
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


def test_a_name_that_no_url_can_carry_is_told():
    with ScriptedServer() as server, pytest.raises(CGError, match="characters that no URL can carry") as caught:
        client(server).products(["\udce9"])
    assert caught.value.outcome is RequestOutcome.NOT_SENT
