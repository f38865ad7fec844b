# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in Prometheus' text format, for the textfile collector of node_exporter.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import datetime
import typing as t
from collections import Counter

from .states import SEVERITIES, VERDICTS

Labels = t.Mapping[str, str]
Samples = t.Iterable[tuple[Labels, float]]


def render(dataset: t.Mapping[str, t.Any]) -> str:
    return "".join(
        f"# HELP {name} {text}\n# TYPE {name} gauge\n" + "".join(_sample(name, *sample) for sample in samples)
        for name, text, samples in _metrics(dataset)
    )


def _metrics(dataset: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, str, list[tuple[Labels, float]]]]:
    def metric(name: str, text: str, samples: Samples) -> tuple[str, str, list[tuple[Labels, float]]]:
        return f"dr_audit_{name}", text, list(samples)

    findings = [finding for finding in dataset["findings"] if not finding["accepted"]]
    by_severity = Counter(finding["severity"] for finding in findings)
    by_rule = Counter((finding["rule"], finding["severity"]) for finding in findings)
    pairs = [(master["master"], backup) for master in dataset["masters"] for backup in master["backups"]]
    yield metric(
        "info", "The versions of the collection and of the format of report.json.",
        [({"collection": dataset["collection_version"], "format": dataset["format_version"]}, 1)],
    )  # fmt: skip
    yield metric("timestamp_seconds", "When Central Governance was read.", [({}, _seconds(dataset["read_at"]))])
    yield metric(
        "verdict", "1 for the current verdict, 0 for the others.",
        (({"verdict": verdict}, float(dataset["verdict"] == verdict)) for verdict in VERDICTS),
    )  # fmt: skip
    if dataset["score"] is not None and dataset["assessed"]:
        yield metric("score", "The score, from 0 to 100.", [({}, float(dataset["score"]["value"]))])
    if dataset["drift"] is not None:
        yield metric("drift", "1 if the declaration and Central Governance differ.", [({}, float(dataset["drift"]))])
    yield metric(
        "findings", "Findings that count, by severity.",
        (({"severity": severity}, by_severity[severity]) for severity in SEVERITIES),
    )  # fmt: skip
    yield metric(
        "accepted_findings", "Findings that are accepted for a time.",
        [({}, len(dataset["findings"]) - len(findings))],
    )  # fmt: skip
    if dataset["changes"] is not None:
        yield metric(
            "not_known_findings", "Findings of the previous audit that could not be assessed again.",
            [({}, len(dataset["changes"]["not_known"]))],
        )  # fmt: skip
    yield metric(
        "rule_findings", "Findings that count, by rule.",
        (({"rule": rule, "severity": severity}, count) for (rule, severity), count in sorted(by_rule.items())),
    )  # fmt: skip
    yield metric(
        "master_ready", "1 if the master's verdict is READY; 0 also if it is UNKNOWN.",
        (({"master": master["master"]}, float(master["verdict"] == "READY")) for master in dataset["masters"]),
    )  # fmt: skip
    yield metric(
        "backup_ready", "1 if the backup's verdict is READY; 0 also if it is UNKNOWN.",
        (({"master": master, "backup": row["backup"]}, float(row["verdict"] == "READY")) for master, row in pairs),
    )  # fmt: skip
    yield metric(
        "backup_synchronized", "Central Governance's flag; no sample where it could not be read.",
        (
            ({"master": master, "backup": row["backup"]}, float(row["synchronized"]))
            for master, row in pairs
            if row["synchronized"] is not None
        ),
    )  # fmt: skip


def _sample(name: str, labels: Labels, value: float) -> str:
    shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    of = f"{{{shown}}}" if shown else ""
    return f"{name}{of} {_number(value)}\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return str(text).replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _seconds(time: str) -> float:
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
