# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pseudonyms and masks of a recording."""

from __future__ import annotations

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.recording import (
    Pseudonyms,
    text_without_secrets,
    without_secrets,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.scrubbing import Scrubber

ID = "b430b2e7-b707-4d73-8cc9-c2022a44929e"
PRODUCT = {
    "businessId": ID,
    "name": "ST PARIS",
    "host": "paris.bank.example",
    "version": "5.5",
    "status": {"code": "STARTED", "timestamp": 17},
    "contact": {"email": "me@bank.example"},
    "communicationProfiles": [
        {
            "name": "sftp",
            "protocol": "SFTP",
            "hosts": ["paris.bank.example"],
            "port": 22,
            "ssl": {"certificate": {"content": "MIIC", "validTo": "2027-01-01"}},
        }
    ],
    "backupProducts": [
        {"name": "LYON", "meta": {"href": f"https://cg.bank.example:6900/api/v2/products/{ID}?name=LYON"}}
    ],
    "details": "Backup product/s LYON are not synchronized with the master product ST PARIS.",
    "LYON": {"ported": True},
}


def replaced() -> tuple[Pseudonyms, dict]:
    names = Pseudonyms()
    names.learn(PRODUCT)
    return names, names.replaced(PRODUCT)


def test_names_are_replaced_everywhere_by_the_same_word():
    names, copy = replaced()
    (profile,) = copy["communicationProfiles"]
    (backup,) = copy["backupProducts"]
    assert not any(word in repr(copy) for word in ("PARIS", "LYON", "bank", "MIIC", "sftp'"))
    assert profile["hosts"] == [copy["host"]]
    assert copy["host"].endswith(".example.com")
    expected = f"Backup product/s {backup['name']} are not synchronized with the master product {copy['name']}."
    assert copy["details"] == expected
    assert backup["name"] in copy  # as a key
    assert names.query("name=ST%20PARIS&flow=" + ID) == f"name={copy['name']}&flow={ID}"
    assert names.path(f"/products/{ID}/backupproducts/LYON") == f"/products/{ID}/backupproducts/{backup['name']}"


def test_urls_in_sentences():
    names, _copy = replaced()
    text = names.sentence("redirects to https://sso.bank.example/login?next=ST%20PARIS, and http://cg:6900: no")
    assert "bank" not in text and "PARIS" not in text
    assert text.startswith("redirects to https://host-") and text.endswith(".example.com:6900: no")


def test_names_in_sentences_and_free_texts_are_replaced():
    names = Pseudonyms()
    flow = {
        "name": "FRAUD_ALERTS",
        "description": "Alerts for Bank Example, ask Ms Miller",
        "title": "Miller's flow",
        "details": "Transformation FRAUD_ALERTS_V3 on paris-FRAUD_ALERTS not found, see api_prefix",
        "host": "paris",
    }
    names.learn(flow)
    copy = names.replaced(flow)
    assert not any(word in repr(copy) for word in ("FRAUD", "ALERTS", "Miller", "Bank", "paris"))
    assert copy["details"].startswith("Transformation text-")
    assert copy["details"].endswith(" not found, see api_prefix")


def test_ids_versions_and_statuses_are_kept():
    _names, copy = replaced()
    (profile,) = copy["communicationProfiles"]
    assert (copy["businessId"], copy["version"], copy["status"]) == (ID, "5.5", PRODUCT["status"])
    assert (profile["protocol"], profile["port"]) == ("SFTP", 22)
    assert profile["ssl"]["certificate"]["validTo"] == "2027-01-01"
    href = copy["backupProducts"][0]["meta"]["href"]
    assert href.endswith(f".example.com:6900/api/v2/products/{ID}?name={copy['backupProducts'][0]['name']}")


def test_many_names_in_many_sentences():
    names = Pseudonyms()
    names.learn([{"name": f"ST_{number}"} for number in range(20_000)])
    assert names.sentence("ST_7, ST_70 and ST_19999.") == "name-8, name-71 and name-20000."
    for _time in range(2_000):
        names.sentence("Backup product/s ST_5 are not synchronized with the master product ST_6")


@pytest.mark.parametrize(
    "hidden",
    [
        {"password": "hidden"},
        {"nested": [{"authToken": "hidden"}]},
        {"apiKey": {"inner": "hidden"}},
        {"items": [{"name": "session_id", "value": "hidden"}]},
        {"text": "https://user:hidden@cg.example.com/x"},
        {"text": "/path?a=1&access_token=hidden&b=2"},
        {"text": "-----BEGIN RSA PRIVATE KEY-----\nhidden"},
    ],
)
def test_secrets_are_recognized_by_their_context(hidden):
    assert "hidden" not in repr(without_secrets(hidden, Scrubber([])))


def test_known_secrets_are_masked_anywhere():
    document = {"hidden": 1, "list": ["it was hidden", {"a": "x-hidden-y"}]}
    assert "hidden" not in repr(without_secrets(document, Scrubber(["hidden"])))


def test_what_is_not_a_secret_is_kept():
    scrub = Scrubber(["s3cret"])
    document = {"passed_on": True, "keys": ["a"], "monkey": "b", "password": "", "tokens_used": False, "n": 5}
    assert without_secrets(document, scrub) == document
    assert text_without_secrets("GET /flows?name=A&flow=B", scrub) == "GET /flows?name=A&flow=B"
