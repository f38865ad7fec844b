# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that is not understood is never taken for an empty list."""

from __future__ import annotations

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.answers import UnusableAnswer, objects_in

A, B = {"name": "A"}, {"businessId": "b"}


@pytest.mark.parametrize(
    ("answer", "objects"),
    [
        ([], []),
        ([A, B], [A, B]),
        (A, [A]),
        ({"items": [A], "total": 1}, [A]),
        ({"items": [], "totalElements": 0}, []),
        ({"content": [A, B], "last": True, "totalPages": 1, "totalElements": 2}, [A, B]),
        ({"results": [A], "hasMore": False}, [A]),
        ({"data": [A], "next": None}, [A]),
        ({"products": [A], "page": {"totalElements": 1, "totalPages": 1}}, [A]),
        ({"items": [A], "meta": {"total": 1}, "_links": {"self": "/products"}}, [A]),
        ([{**A, "backupProducts": None}], [{**A, "backupProducts": None}]),
        ([{**A, "backupProducts": {}}], [{**A, "backupProducts": {}}]),
        ([{**A, "backupProducts": [B]}], [{**A, "backupProducts": [B]}]),
    ],
)
def test_answers_that_are_understood(answer, objects):
    assert objects_in(answer, "products") == objects


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "nothing"),
        ("Session expired", "a text"),
        (5, "the value 5"),
        (True, "the value True"),
        ({}, "no keys"),
        ({"message": "please log in"}, "an object with the keys message"),
        ({"error": "session expired", "code": 401}, "the keys error, code"),
        ({"businessId": None, "name": ""}, "the keys businessId, name"),
        (["a", "b"], "entry 1 of 2 is not an object"),
        ([A, {"message": "x"}], "entry 2 of 2 has none of businessId, name"),
        ([A, None], "entry 2 of 2 is not an object"),
        ({"_embedded": {"products": [A]}, "page": {"totalPages": 1}}, "the keys _embedded, page"),
        ({"products": [A]}, "does not say whether it is the whole list"),
        ({"content": [A], "size": 20}, "does not say whether it is the whole list"),
        ({"items": [A], "total": 500}, "is not the whole list"),
        ({"items": [A], "total": "many"}, "is not the whole list"),
        ({"items": [A], "total": 1, "hasMore": True}, "is not the whole list"),
        ({"items": [A], "totalElements": 1, "page": {"totalPages": 9}}, "is not the whole list"),
        ({"items": [A], "total": 1, "_links": {"next": "/products?page=2"}}, "is not the whole list"),
        ({"content": [A], "last": False}, "is not the whole list"),
        ({"items": ["a"], "total": 1}, "entry 1 of 1 is not an object"),
        ([{**A, "backupProducts": "x"}], r"a product \(A\) whose backupProducts are a text"),
        ([{**A, "backupProducts": [{}]}], "whose backupProducts are a list whose entry 1"),
        ([{**B, "backupProducts": {"message": "no"}}], r"a product \(b\) whose backupProducts are an object"),
    ],
)
def test_an_answer_that_is_not_understood_is_reported(answer, message):
    with pytest.raises(UnusableAnswer, match=message):
        objects_in(answer, "products")


def test_a_row_of_the_deployments_list_needs_no_name():
    row = {"flow": {"businessId": "f"}, "product": {"businessId": "p"}, "status": "Deployed"}
    assert objects_in([row], "deployments") == [row]
    assert objects_in({"deployments": [row], "total": 1}, "deployments") == [row]
    with pytest.raises(UnusableAnswer):
        objects_in([{"name": "an error"}], "deployments")


@pytest.mark.parametrize(
    ("answer", "quoted"), [("please log in", True), ({"message": "no"}, True), ({"items": [A]}, False)]
)
def test_only_what_may_be_a_message_is_quoted(answer, quoted):
    with pytest.raises(UnusableAnswer) as caught:
        objects_in(answer, "products")
    assert caught.value.is_message is quoted
