# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large lists are read object by object, with the same result as if they were read at once."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_server import RawServer, http

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api import documents
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.documents import LargeList, NotInPieces
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import ProfileDetail

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(TEXT, JSON, max_size=4), max_size=5)


@pytest.fixture(scope="module", autouse=True)
def small_pieces():
    """So that objects, escapes and characters of several bytes are cut in all places."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PIECE", 3)
        yield


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1]))
def test_a_list_of_objects_is_the_same_in_pieces(objects, escaped, indent):
    text = json.dumps(objects, ensure_ascii=escaped, indent=indent)
    # Escaped, a character beyond the first plane is a pair of surrogates, which only the whole text shows.
    if documents.ESCAPED_SURROGATE.search(text):
        with pytest.raises(NotInPieces):
            list(LargeList(text.encode()))
    else:
        assert list(LargeList(text.encode())) == objects


@given(OBJECTS.filter(len), st.data())
def test_an_incomplete_list_is_refused(objects, data):
    text = json.dumps(objects, ensure_ascii=False).encode()
    half = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(NotInPieces):
        list(LargeList(half))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[",
        "[1]",
        '["a"]',
        "[[]]",
        "[{},]",
        "[,{}]",
        "[{}{}]",
        "[{}] x",
        "[{}][",
        "[null]",
        "<html>",
        '[{"a":}]',
        "[{}\U0001f600]",
        "\U0001f600",
    ],
)
def test_other_documents_have_to_be_decoded_as_a_whole(text):
    with pytest.raises(NotInPieces):
        list(LargeList(text.encode()))


def test_bytes_that_are_not_utf8_have_to_be_read_at_once():
    with pytest.raises(NotInPieces):
        list(LargeList(b'[{"a": "\xff"}]'))


def test_an_object_that_is_nested_too_deeply_has_to_be_decoded_as_a_whole():
    with pytest.raises(NotInPieces):
        list(LargeList(b'[{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}]"))


# Through the client


def products_in(body: bytes, profiles: ProfileDetail = ProfileDetail.WHOLE):
    with RawServer(http(body)) as server:
        transport = Transport(Connection(url=server.url, username="me", password="secret", retries=0))
        return CentralGovernance(transport, effective_operations(None)).products(profiles=profiles)


def large(*odd: object) -> list[object]:
    profile = {"name": "SFTP", "protocol": "SFTP", "port": 22, "networkZone": "x" * 4000}
    common = {"type": "SecureTransport", "version": "5.4", "status": "Started", "backupProducts": []}
    plain = [{**common, "name": f"ST_{n}", "communicationProfiles": [profile] * 5} for n in range(200)]
    return [*plain, *odd]


@pytest.mark.parametrize("name", ["ST_ÉTÉ", "\U0001f600", "half \ud800"])
def test_a_large_answer_is_read_completely(name):
    products = products_in(json.dumps(large({"name": name, "type": "TransferCFT"})).encode())
    assert len(products) == 201
    assert products[-1].name == name.encode("utf-8", "backslashreplace").decode()
    assert products[0].profiles[0].port == 22


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"title": "no product"}, "a list whose entry 201 of 201 has none of businessId, name"),
        ("a text", "a list whose entry 201 of 201 is not an object"),
        ({"name": "A", "backupProducts": "B"}, "a product (A) whose backupProducts are a text"),
    ],
)
def test_errors_in_large_and_small_answers_are_reported_alike(odd, words):
    with pytest.raises(CGError, match=r"200 with") as caught:
        products_in(json.dumps(large(odd)).encode())
    assert words in str(caught.value)


def test_a_large_answer_that_is_cut_off_is_not_a_list():
    with pytest.raises(CGError, match="what is not JSON"):
        products_in(json.dumps(large()).encode()[:-1])


def test_only_one_object_at_a_time_is_in_memory():
    body = json.dumps(large()).encode()
    tracemalloc.start()
    try:
        documents.PIECE = 1 << 16
        assert sum(1 for _object in LargeList(body)) == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        documents.PIECE = 3
    assert peak < len(body) / 8, (peak, len(body))


def test_profiles_that_were_not_read_raise_when_they_are_used():
    product, *_rest = products_in(json.dumps(large()).encode(), profiles=ProfileDetail.NONE)
    with pytest.raises(AssertionError, match="not read"):
        list(product.profiles)
