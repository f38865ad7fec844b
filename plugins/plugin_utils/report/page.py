# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one self-contained HTML page: no network, no other file, and readable without scripts.

PRIVATE to the collection: it may change at any time.

Jinja2 comes with ansible-core. Everything except the markup of the template is escaped, and by the content security
policy the browser runs only the script and the style sheet of the page, whatever a name may contain.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .matrix import matrix_of
from .picture import maps, pictures
from .states import SEVERITIES, STATES, VERDICTS, WORDS, plural, severity_state, state_of
from .trend import trend_of

# How much is shown of a large estate, so that the page stays below 5 MB. The rest is counted, and is in report.json.
FINDINGS_SHOWN = 1500
DIFFERENCES_SHOWN = 100  # pairs
PROFILES_SHOWN = 50  # of one pair
PAIRS_SHOWN = 3000
CHANGES_SHOWN = 6
UNFOLDED = 50  # pairs that need attention and are shown without unfolding

# Characters that HTML does not allow, escaped or not.
_NO_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HERE = Path(__file__).parent / "assets"
_PROFILE_FIELDS = (
    ("protocol", "Protocol"), ("type", "Type"), ("port", "Port"), ("tls", "TLS"),
    ("client_authentication", "Client authentication"), ("certificate_sha256", "Certificate"), ("fips", "FIPS"),
)  # fmt: skip


def render(dataset: t.Mapping[str, t.Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        moment=_moment, state=state_of, severity_state=severity_state, words=_words, plural=_plural, digest=_digest,
        anchor=_anchor, evidence=_evidence, once=_once(),
    )  # fmt: skip
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    html = environment.get_template("report.html.j2").render(
        **_view(dataset),
        data=dataset,
        style=Markup(style),  # our own markup, not data of the estate
        script=Markup(script),
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
    )
    return _NO_HTML.sub("\ufffd", html)


def _view(dataset: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    new = frozenset((dataset["changes"] or {}).get("new", ()))
    findings = sorted(dataset["findings"], key=_rank)
    shown = findings[:FINDINGS_SHOWN]
    differing = [
        (master, backup) for master in dataset["masters"] for backup in master["backups"] if backup["differences"]
    ]
    matrix = matrix_of(dataset)
    return {
        "headline": headline(dataset),
        "tiles": _tiles(dataset),
        "new": new,
        "new_findings": [finding for finding in findings if finding["id"] in new][:FINDINGS_SHOWN],
        "findings": shown,
        "findings_left_out": len(findings) - len(shown),
        "shown_ids": frozenset(finding["id"] for finding in shown),
        "rules": sorted({finding["rule"] for finding in shown}),
        "states": [state for state in STATES if any(severity_state(finding) == state for finding in shown)],
        "changes_shown": CHANGES_SHOWN,
        "pictures": pictures(dataset),
        "maps": maps(dataset),
        "matrix": matrix,
        "to_look_at": matrix.to_look_at[:UNFOLDED],
        "also_to_look_at": matrix.to_look_at[UNFOLDED:PAIRS_SHOWN],
        "in_order": matrix.in_order[:PAIRS_SHOWN],
        "trend": trend_of(dataset),
        "differing": differing[:DIFFERENCES_SHOWN],
        "differing_left_out": max(len(differing) - DIFFERENCES_SHOWN, 0),
        "profiles_shown": PROFILES_SHOWN,
        "profile_fields": _PROFILE_FIELDS,
        "severities": SEVERITIES,
    }


def headline(dataset: t.Mapping[str, t.Any]) -> str:
    """The verdict in one sentence."""
    masters = dataset["masters"]
    if not dataset["assessed"]:
        return "Central Governance could not be read. Whether a failover would work is not known."
    if not masters:
        return "There was no master to judge."
    count = {verdict: sum(master["verdict"] == verdict for master in masters) for verdict in VERDICTS}
    total = plural(len(masters), "master")
    if dataset["verdict"] == "NOT_READY":
        if count["NOT_READY"]:
            one = count["NOT_READY"] == 1
            return f"{count['NOT_READY']} of {total} {'is' if one else 'are'} not ready to fail over."
        return "A critical finding would make a failover fail."
    if dataset["verdict"] == "UNKNOWN":
        if count["UNKNOWN"]:
            return f"Whether {count['UNKNOWN']} of {total} could fail over is not known."
        return "Not everything could be assessed: whether a failover would work is not known."
    if dataset["verdict"] == "DEGRADED":
        warnings = plural(dataset["counts"].get("warning", 0), "warning")
        return f"A failover should work, with {warnings} to look at."
    return f"{'The master is' if len(masters) == 1 else f'All {len(masters)} masters are'} ready to fail over."


def _rank(finding: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    state = severity_state(finding)
    return STATES.index(state), finding["master"], finding["backup"], finding["rule"], finding["flow"], finding["id"]


def _tiles(dataset: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    masters = dataset["masters"]
    backups = [backup for master in masters for backup in master["backups"]]
    synchronized = sum(backup["synchronized"] is True for backup in backups)
    known = all(backup["synchronized"] is not None or backup["present"] is False for backup in backups)
    ready = sum(master["verdict"] == "READY" for master in masters)
    tiles = [
        {
            "label": "masters ready",
            "value": f"{ready} / {len(masters)}",
            "state": "ok" if masters and ready == len(masters) else state_of(dataset["verdict"]),
        },
        {
            "label": "backups synchronized",
            "value": f"{synchronized} / {len(backups)}",
            "state": "ok" if backups and synchronized == len(backups) else "critical" if known else "unknown",
        },
    ]
    labels = {
        "critical": ("critical finding", "critical findings"),
        "unknown": ("not assessed", "not assessed"),
        "warning": ("warning", "warnings"),
    }
    for severity, (one, several) in labels.items():
        count = dataset["counts"].get(severity, 0)
        tiles.append({"label": one if count == 1 else several, "value": count, "state": severity if count else "none"})
    accepted = dataset["counts"].get("accepted", 0)
    tiles.append({"label": "accepted for a time", "value": accepted, "state": "accepted" if accepted else "none"})
    return tiles


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _moment(time: t.Any) -> str:
    """An ISO time as ``2026-11-25 21:00 UTC``; other text as it is."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*(Z|\+00:00)", str(time))
    return f"{match[1]} {match[2]} UTC" if match else str(time or "")


def _words(verdict: t.Any) -> str:
    return WORDS.get(str(verdict), "Unknown")


def _plural(count: int, noun: str, several: str = "") -> str:
    return plural(count, noun, several)


def _digest(value: t.Any) -> str:
    """A profile's property as text: digests shortened, yes and no for true and false."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, ""):
        return "–"
    text = str(value)
    return f"{text[:8]}…{text[-4:]}" if re.fullmatch("[0-9a-f]{64}", text) else text


def _once() -> t.Callable[[t.Sequence[t.Any], t.Callable[[t.Any], Markup]], Markup]:
    """A filter that renders cells with a macro. Rows of a large table that look the same are rendered only once."""
    rendered: dict[tuple[str, ...], Markup] = {}

    def once(cells: t.Sequence[t.Any], render_cells: t.Callable[[t.Any], Markup]) -> Markup:
        if any(cell.finding for cell in cells):
            return render_cells(cells)
        states = tuple([cell.state for cell in cells])
        if states not in rendered:
            rendered[states] = render_cells(cells)
        return rendered[states]

    return once


def _anchor(finding_id: t.Any) -> str:
    return "f-" + re.sub(r"[^A-Za-z0-9_-]", "-", str(finding_id))


def _evidence(evidence: t.Any) -> list[tuple[str, str]]:
    """The facts as pairs of a name and a text."""
    facts = (evidence or {}).get("facts") or {}
    return [(str(name).replace("_", " "), _fact(value)) for name, value in facts.items()]


def _fact(value: t.Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_fact, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_fact(inner)}" for name, inner in value.items()) or "none"
    return "none" if value in (None, "") else str(value)
