# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invalid estate documents: all errors are reported together, each with its line and object; nothing else is raised."""

from __future__ import annotations

import json

import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cg_sim.estates import EstateError, load_estate
from cg_sim.estates.problems import LocatedProblem


def errors_of(text: str | bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(EstateError) as caught:
        load_estate(text, "bank.yml")
    return [(error.line, error.text) for error in caught.value.errors]


WRONG_SHAPES = """\
products:
  - name: ST_PARIS
    backups: [NOWHERE]
    profiles:
      - {name: a, protocol: HTTP, port: 0}
  - name: ST_LYON
    hst: x
  - name: ST_LILLE
    businessId: 12
    profiles: [{name: a, protocol: HTTP, ssl: {certificate: {content: x, validTo: 2027-02-30}}}]
  - {name: yes}
  - {name: ' '}
  - {name: ''}
flows:
  - name: F
    relays: [{}]
    targets: [{group: G, partner: P}]
"""


def test_all_schema_errors_are_reported_in_the_order_of_the_lines() -> None:
    assert errors_of(WRONG_SHAPES) == [
        (5, "product ST_PARIS, profile a: port: 0 is less than the minimum of 1"),
        (7, "product ST_LYON: unknown key hst (did you mean host?)"),
        (9, "product ST_LILLE: businessId must be text, not 12"),
        (
            10,
            "product ST_LILLE, profile a: "
            'validTo must be a date or a time such as 2027-03-31T12:00:00Z, not "2027-02-30"',
        ),
        (11, "product number 4: name must be text, not true (put it into quotes if it is meant as text)"),
        (12, "product number 5: name must not be blank"),
        (13, "product number 6: name must not be empty"),
        (16, "flow F, relay number 1: it must name exactly one of product, application, group, partner"),
        (17, "flow F, target G: it must name exactly one of product, application, group, partner"),
    ]


WRONG_CONTENTS = """\
certificates:
  one: {content: x, validTo: 2028-02-29}
products:
  - name: ST_PARIS
    status: Startd
    backups: [ST_LYN, {name: ST_PARIS}, CFT, ST_LYON, ST_LYON]
    profiles:
      - {name: a, protocol: SSH}
      - {name: a, protocol: HTTP, ssl: {certificate: onne}}
  - name: ST_LYON
    backups:
      - ST_LILLE
  - name: ST_LILLE
  - {name: CFT, type: TransferCFT, backups: [ST_LILLE]}
  - {name: CFT}
flows:
  - name: F
    sources: [{product: ST_X}, {partner: P}]
    deployments: [{product: NONE, status: Done}, {product: CFT}, {product: CFT}]
  - {name: F, status: DEPLOYED}
"""

ANY_WORD = "(allow_unknown_words: true accepts any)"
PARIS = "product ST_PARIS"


def test_all_consistency_errors_are_reported_in_the_order_of_the_lines() -> None:
    assert errors_of(WRONG_CONTENTS) == [
        (5, f'{PARIS}: unknown status "Startd" (did you mean Started?) {ANY_WORD}'),
        (6, f"{PARIS}, backup ST_LYON: this backup is listed twice"),
        (6, f"{PARIS}, backup ST_LYN: no product of this estate has this name (did you mean ST_LYON?)"),
        (6, f"{PARIS}, backup ST_PARIS: Product ST_PARIS cannot be its own backup"),
        (6, f"{PARIS}, backup CFT: several products of this estate have this name"),
        (6, f"{PARIS}, backup ST_LYON: Product ST_LYON has backups itself and cannot be a backup"),
        (8, f'{PARIS}, profile a: unknown protocol "SSH"; known: SFTP; FTP; HTTP; PESIT; AS2 {ANY_WORD}'),
        (9, f"{PARIS}, profile a: two profiles of this product have this name"),
        (9, f"{PARIS}, profile a: no certificate in this document has the alias onne (did you mean one?)"),
        (14, "product CFT: two products have this name: CFT"),
        (14, "product CFT, backup ST_LILLE: Product CFT is a TransferCFT; only a SecureTransport can have backups"),
        (15, "product CFT: two products have this name: CFT"),
        (17, "flow F: two flows have this name: F"),
        (18, "flow F, source ST_X: no product of this estate has this name"),
        (18, "flow F: sources must all be of one kind, not partner and product"),
        (19, "flow F, deployment CFT: this flow has two deployments on one product: CFT"),
        (19, "flow F, deployment NONE: no product of this estate has this name"),
        (19, "flow F, deployment CFT: several products of this estate have this name"),
        (
            19,
            f'flow F, deployment NONE: unknown status "Done"; known: In progress; Deployed; Deployed in error '
            f"{ANY_WORD}",
        ),
        (20, "flow F: two flows have this name: F"),
        (20, f'flow F: unknown status "DEPLOYED" (did you mean Deployed?) {ANY_WORD}'),
    ]


def test_the_text_of_the_error() -> None:
    with pytest.raises(EstateError) as caught:
        load_estate("products:\n  - name: PARIS\n    backups: [NOWHERE]\n", "bank.yml")
    assert str(caught.value) == (
        "bank.yml: 1 error\n  bank.yml:3: product PARIS, backup NOWHERE: no product of this estate has this name"
    )


def test_a_long_list_is_cut_and_counted() -> None:
    text = yaml.safe_dump({"products": [{"nme": "x"}] * 200})
    with pytest.raises(EstateError) as caught:
        load_estate(text, "bank.yml")
    assert len(caught.value.errors) == 400
    assert str(caught.value).endswith("and 300 more")


def test_errors_in_json_have_lines_too() -> None:
    text = '{"products": [\n\t{"name": "A"},\n\t{"nam": "B", "profiles":\n\t\t[{"name": "p"}]}\n]}'
    assert errors_of(text) == [
        (3, "product number 2: unknown key nam (did you mean name?)"),
        (3, "product number 2: name is missing"),
        (4, "product number 2, profile p: protocol is missing"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("- a\n", 1, "an estate must be a mapping"),
        ("just words", 1, "an estate must be a mapping"),
        ("[1]", 1, "an estate must be a mapping"),
        ("a:\n  b\n c: d", 3, "not valid YAML"),
        ("products: [\n\n", 3, "not valid YAML"),
        ("products: *nothing", 1, "undefined alias"),
        ("a: \x01", 1, "not valid YAML"),
        ("products: []\nproducts: []\n", 2, "the key products is given twice"),
        ('{"products": [],\n "products": []}', None, "the key products is given twice"),
        ('{"products": [,]}', 1, "not valid JSON"),
        ('{"products":\n [}', 2, "not valid JSON"),
        ('{"products": NaN}', 1, "products must be a list"),
        ('{"products":\n [{"name": "A", "upgraded": 1e999}]}', 2, "upgraded must be true or false"),
        (f"products:\n- name: A\n  contact: {{n: {10**29}}}", 3, "the number 1000000000"),
        (f"products:\n- name: A\n  contact: {{n: 0x{'f' * 5000}}}", 3, "more than 64 bits"),
        (
            "products: [{name: A}]\nflows:\n- {name: F, deployments: [{product: A,\n timestamp: 99999999999999999}]}",
            4,
            "timestamp: 99999999999999999 is greater than the maximum of 253402300799999",
        ),
        (
            '{"flows": [{"name": "F", "deployments": [{"product": "A", "timestamp": 1e30}]}]}',
            1,
            "is greater than the maximum",
        ),
        ('{"products": [{"name": "\\ud800"}]}', 1, "surrogate"),
        ("products: [{name: !!binary aGFsbG8=}]", 1, "binary data is not allowed here"),
        ("products: !!python/object:os.system [ls]", 1, "python/object:os.system data is not allowed here"),
        ("products: !!bool maybe", 1, "not a valid bool: maybe"),
        ("products: !!int [1]", 1, "int data is not allowed here"),
        (f"products: {'9' * 5000}", 1, "not a valid int: 99999"),
        ("? [a]\n: b", 1, "a key must be a plain word"),
        ("x: &x {<<: [1]}", 1, "<< must name a mapping"),
        ("a: &a [*a]", None, "nested more than"),
        ("[" * 100_000, 1, "nest"),
        ("- " * 100_000, 1, "nested more than"),
        ('{"a":' * 100_000, 1, "not valid JSON"),
        (b"products: \xff", 1, "not UTF-8"),
        ("---\n{}\n---\n{}\n", 3, "not valid YAML"),
        ("products:", 1, "products must be a list, not empty"),
    ],
)
def test_documents_that_are_not_an_estate(text: str | bytes, line: int | None, says: str) -> None:
    found = errors_of(text)
    assert any(where == line and says in message for where, message in found), found


@pytest.mark.parametrize("levels", [61, 300, 900])
@pytest.mark.parametrize("place", ["contact", "unknown"])
def test_json_that_is_nested_too_deeply(levels: int, place: str) -> None:
    value = json.loads('{"a":' * levels + "1" + "}" * levels)
    ((_line, message),) = errors_of(json.dumps({"products": [{"name": "A", place: value}]}))
    assert "nested more than 60 levels deep" in message


def test_whole_numbers_up_to_64_bits_and_60_levels_are_kept() -> None:
    deep = json.loads('{"a":' * 50 + "[-9223372036854775808, 9223372036854775807]" + "}" * 50)
    document = {"products": [{"name": "A", "contact": deep}]}
    for text in (json.dumps(document), yaml.safe_dump(document)):
        (product,) = load_estate(text, "bank.yml")["products"]
        assert product["contact"] == deep
        orjson.dumps(product)


def test_expansion_of_aliases_is_limited() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
    )
    ((_, message),) = errors_of(bomb)
    assert "write an estate of that size as JSON" in message


def test_expansion_of_merge_keys_is_limited() -> None:
    bomb = "a0: &a0 {k: v}\n" + "".join(
        f"a{level}: &a{level} {{<<: [*a{level - 1}, *a{level - 1}]}}\n" for level in range(1, 40)
    )
    ((_, message),) = errors_of(bomb)
    assert "write an estate of that size as JSON" in message


def test_no_certificate_is_shown_in_full() -> None:
    content = "-----BEGIN CERTIFICATE----- " + "A" * 2000
    (error,) = errors_of(yaml.safe_dump({"certificates": {"a": content}}))
    assert len(error[1]) < 200


# Keys and words of the format among arbitrary ones, so that the checks behind the schema are reached too.
_WORDS = st.sampled_from(
    [
        "products",
        "flows",
        "certificates",
        "name",
        "backups",
        "profiles",
        "protocol",
        "ssl",
        "certificate",
        "content",
        "validTo",
        "sources",
        "relays",
        "targets",
        "product",
        "partner",
        "deployments",
        "status",
        "businessId",
        "synchronized",
        "tags",
        "legacyIdfs",
        "properties",
        "A",
        "B",
        "Started",
        "SFTP",
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**66) | st.text(max_size=5) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=3), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=_VALUES, as_json=st.booleans())
def test_any_document_is_loaded_or_refused_with_reasons(data: object, as_json: bool) -> None:
    text = json.dumps(data) if as_json else yaml.safe_dump(data, allow_unicode=True)
    reasons, estate = outcome(text)
    assert (estate is None) == bool(reasons)
    orjson.dumps(estate)  # used to serve and store records; stricter than json


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("{}[]:,-&*<>!\n\t \"'|"), max_size=40))
def test_any_text_is_loaded_or_refused_with_reasons(text: str) -> None:
    reasons, estate = outcome(text)
    assert (estate is None) == bool(reasons)


def outcome(text: str) -> tuple[list[LocatedProblem], object]:
    try:
        return [], load_estate(text, "any")
    except EstateError as error:
        return error.errors, None
