# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML page: its text, what it must not claim, and that names in it are only text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import page
from ansible_collections.mftops.central_governance.plugins.plugin_utils.report.matrix import matrix_of
from ansible_collections.mftops.central_governance.plugins.plugin_utils.report.picture import maps, pictures
from ansible_collections.mftops.central_governance.plugins.plugin_utils.report.states import COLUMN_OF_RULE
from ansible_collections.mftops.central_governance.plugins.plugin_utils.report.trend import trend_of

MEGABYTES = 1_000_000


class Parsed(HTMLParser):
    """The tags with the names of their attributes, the values that name a place, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.places: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self._ours = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))
        values = dict(attributes)
        self.places += [values[name] for name in ("href", "src", "action", "data", "srcset") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        self._ours = tag in ("style", "script")

    def handle_endtag(self, tag):
        self._ours = False

    def handle_data(self, data):
        if not self._ours:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def parsed(dataset) -> Parsed:
    return Parsed(page.render(dataset))


def test_the_page_begins_with_the_verdict_and_lists_all_findings():
    read = parsed(samples.dataset())
    assert "Not ready 3 of 5 masters are not ready to fail over. Worse than the previous audit" in read.text
    for finding in samples.example()["findings"]:
        assert finding["message"] in read.text
        assert finding["remedy"]["text"] in read.text
    assert "Accepted until 2027-01-31 by MFT operations Italy: Cold standby" in read.text
    assert "Score 45 = (2 x 100 (READY)" in read.text
    assert "HTTPS_PORTAL Certificate 9d1f9d1f…9d1f 77aa77aa…77aa" in read.text
    assert "Acceptances that match nothing: 1" in read.text
    assert "The longest time without an audit: 48.0 hours, from 2026-11-21 21:00 UTC." in read.text
    assert "Resolved: 1 resolved flow_not_deployed ST_VIENNA, CAMT053_STATEMENTS" in read.text
    assert len(read.ids) == len(set(read.ids))


def test_what_could_not_be_judged_again_is_not_reported_as_resolved():
    audit = samples.example()
    assert "Not known whether resolved" not in parsed(samples.dataset(audit)).text
    gone = {**audit["changes"]["resolved_findings"][0], "id": "fedcba9876543210", "master": "ST_OSLO", "flow": "BILLS"}
    audit["changes"].update(not_known=[gone["id"]], not_known_findings=[gone])
    read = parsed(samples.dataset(audit))
    expected = "Not known whether resolved: 1 Found by the previous audit, and could not be assessed again. not known"
    assert f"{expected} flow_not_deployed ST_OSLO, BILLS" in read.text
    assert "Resolved: 1 resolved flow_not_deployed ST_VIENNA, CAMT053_STATEMENTS" in read.text


@pytest.mark.parametrize("make", [samples.dataset, samples.unreadable, lambda: samples.dataset(samples.hostile())])
def test_the_page_loads_nothing_from_elsewhere(make):
    html = page.render(make())
    read = Parsed(html)
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"link", "img", "iframe", "object", "embed", "base", "audio", "video", "source", "image"}
    # Only links that a person follows lead out of the page, and every link within it has a target.
    for place in read.places:
        assert place.startswith(("#", "https://github.com/mftops/")), place
        assert not place.startswith("#") or place[1:] in read.ids, place
    assert not any(name.startswith("on") or name == "style" for _, names in read.tags for name in names)
    assert "@import" not in html and "url(" not in html
    assert re.search(r"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'", html)


def test_hostile_names_are_only_text():
    harmless = [f"NAME_{number}" for number in range(len(samples.HOSTILE))]
    hostile, plain = (parsed(samples.dataset(samples.hostile(names))) for names in (samples.HOSTILE, harmless))
    assert sorted(hostile.tags) == sorted(plain.tags)
    for name in samples.HOSTILE:
        assert " ".join(name.replace("\x00", "\ufffd").replace("\x0b", "\ufffd").split()) in hostile.text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_any_name_is_only_text(name):
    def skeleton(text):
        return sorted(parsed(samples.dataset(samples.hostile([text]), title=text, groups={text: ["ST_PARIS"]})).tags)

    assert skeleton(name) == skeleton("NAME")


def test_nothing_is_shown_as_in_order_when_nothing_was_read():
    html = page.render(samples.unreadable())
    read = Parsed(html)
    assert "Unknown Central Governance could not be read. Whether a failover would work is not known." in read.text
    assert "GET /products: connection refused." in read.text
    assert "ST_LILLE" in read.text
    body = html.partition("</header>")[0].rpartition("<header>")[2] + html.partition("<main>")[2]
    marks = re.findall(r'class="(?:[\w ]* )?ok"|href="#s-ok"', body.replace('<span class="pill ok">ready</span>', ""))
    assert [mark for mark in marks if "in order" not in mark] == ['class="pill ok"']  # the legend of the matrix
    assert not re.search(r"all \d+ masters|are ready|should work|nothing was found", read.text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("verdict", "masters", "sentence"),
    [
        ("READY", ["READY"] * 3, "All 3 masters are ready to fail over."),
        ("READY", ["READY"], "The master is ready to fail over."),
        ("READY", [], "There was no master to judge."),
        ("DEGRADED", ["DEGRADED"], "A failover should work, with 4 warnings to look at."),
        ("NOT_READY", ["NOT_READY", "READY"], "1 of 2 masters is not ready to fail over."),
        ("NOT_READY", ["READY"], "A critical finding would make a failover fail."),
        ("UNKNOWN", ["UNKNOWN", "UNKNOWN"], "Whether 2 of 2 masters could fail over is not known."),
        ("UNKNOWN", ["READY"], "Not everything could be assessed: whether a failover would work is not known."),
    ],
)
def test_the_verdict_in_one_sentence(verdict, masters, sentence):
    rows = [{"master": f"M{number}", "verdict": word} for number, word in enumerate(masters)]
    read = {"sources": [{"source": "products", "state": "read"}]}
    audit = {"verdict": verdict, "masters": rows, "counts": {"warning": 4}, "coverage": read}
    assert page.headline(samples.dataset(audit)) == sentence


def cells(dataset):
    matrix = matrix_of(dataset)
    return {
        (pair.master, pair.backup): {
            column: cell.state for column, cell in zip(matrix.columns, pair.cells, strict=True)
        }
        for pair in matrix.pairs
    }


def test_the_matrix_shows_the_worst_of_each_pair_and_kind_of_check():
    found = cells(samples.dataset())
    assert found["ST_FRANKFURT", "ST_STUTTGART"]["Synchronized"] == "critical"
    assert found["ST_FRANKFURT", "ST_STUTTGART"]["Certificates"] == "critical"
    assert found["ST_FRANKFURT", "ST_STUTTGART"]["Version"] == "ok"
    assert found["ST_VIENNA", "ST_GRAZ"]["Certificates"] == "unknown"
    assert found["ST_MILAN", "ST_TURIN"]["Running"] == "accepted"
    assert found["ST_MILAN", "ST_TURIN"]["Flows"] == "info"  # of the master, so of each of its pairs
    assert set(found["ST_PARIS", "ST_LYON"].values()) == {"ok"}


def test_the_matrix_marks_what_was_not_assessed():
    # A backup that does not exist: no other rule could be assessed.
    missing = cells(samples.dataset())["ST_PARIS", "ST_LILLE"]
    assert missing.pop("Declared") == "critical"
    assert set(missing.values()) == {"none"}
    # A rule that was not assessed.
    audit = samples.example()
    for rule in audit["coverage"]["rules"]:
        if rule["rule"].startswith("certificate"):
            rule["state"] = "ignored"
    assert cells(samples.dataset(audit))["ST_PARIS", "ST_LYON"]["Certificates"] == "none"
    # A source that could not be read, for the estate as a whole.
    audit = samples.example()
    unread = samples.finding("not_assessed", "unknown", 77)
    unread["evidence"]["facts"] = {"rules": ["deployment_missing", "stale_deployment"]}
    audit["findings"].append(unread)
    found = cells(samples.dataset(audit))["ST_PARIS", "ST_LYON"]
    assert (found["Flows"], found["Version"]) == ("unknown", "ok")
    # Nothing read at all.
    assert {state for row in cells(samples.unreadable()).values() for state in row.values()} == {"unknown"}


def test_each_rule_has_a_column():
    estate = {"drill_overdue", "changed_since_drill", "accepted_expired", "not_assessed"}
    rules = {rule["rule"] for rule in samples.example()["coverage"]["rules"]}
    assert rules - COLUMN_OF_RULE.keys() == estate


def test_the_picture_shows_each_master_and_backup_by_group():
    west, central = pictures(samples.dataset())
    assert (west.title, central.title) == ("West", "Central")
    nodes = {node.name: node for node in west.nodes + central.nodes}
    assert len(nodes) == 11
    assert nodes["ST_PARIS"].state == nodes["ST_LILLE"].state == "critical"
    assert nodes["ST_LILLE"].words == "Not ready · missing"
    # Ready because a finding was accepted: shown differently from ready.
    assert (nodes["ST_TURIN"].state, nodes["ST_TURIN"].words) == ("accepted", "Ready · Unreachable")
    assert nodes["ST_LYON"].state == "ok"
    lines = {line.words for line in west.lines + central.lines}
    assert lines == {"synchronized", "not synchronized", "declared, but missing", "synchronized, not declared"}
    (whole,) = pictures(samples.dataset(groups={}))
    assert len(whole.nodes) == 11


def test_a_shared_backup_is_drawn_once():
    backup = {"backup": "B", "verdict": "READY", "synchronized": True, "present": True}
    masters = [{"master": name, "verdict": "READY", "backups": [backup]} for name in ("M1", "M2")]
    (picture,) = pictures(samples.dataset({"verdict": "READY", "masters": masters}, groups={}))
    assert sorted(node.name for node in picture.nodes) == ["B", "M1", "M2"]
    assert len(picture.lines) == 2


def test_a_large_estate_is_folded_and_stays_small():
    dataset = samples.dataset(samples.large(), groups={})
    html = page.render(dataset)
    assert len(html.encode()) < 5 * MEGABYTES
    (everyone,) = maps(dataset)
    assert len(everyone.nodes) == 1000
    drawn = pictures(dataset)
    assert all(node.state == "critical" for picture in drawn for node in picture.nodes if node.x == 0)
    assert drawn[-1].left_out == 143 - 12
    assert "and 131 more to look at" in html  # not ready or degraded
    read = Parsed(html)
    assert "In order: 1714 pairs" in read.text
    assert "The 1500 worst of 1573 findings are shown." in read.text
    assert html.count('data-state="critical"') == 72


def test_a_large_estate_with_everything_wrong_stays_small():
    dataset = samples.dataset(samples.large(troubled_each=1))
    assert len(page.render(dataset).encode()) < 5 * MEGABYTES


def test_the_trend_ends_with_this_audit():
    trend = trend_of(samples.dataset())
    assert [bar.state for bar in trend.bars] == ["warning", "warning", "critical", "critical", "critical"]
    assert trend.last == samples.TIME
    audit = samples.example()
    audit["ledger"]["audits"].append({"at": samples.TIME, "verdict": "NOT_READY", "score": 45, "counts": {}})
    assert len(trend_of(samples.dataset(audit)).bars) == 5  # the ledger has it already
    audit["ledger"] = None
    assert trend_of(samples.dataset(audit)) is None
