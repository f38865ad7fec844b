# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts what `make bench` has measured into docs/performance.md, between its markers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "performance.md"
RESULTS = CHECKOUT / ".cache" / "benchmarks.json"
BEGIN = "<!-- measurements: made by make bench, do not edit -->"
END = "<!-- end of measurements -->"
WHO = {
    "floor": "floor: a bare script", "empty": "three empty modules", "ours": "three tasks of ours", "role": "role `dr`",
    "looped": "our modules, looped per item", "uri": "a playbook of `uri` tasks",
}  # fmt: skip
PHASES = {
    "whole": "everything to do",
    "again": "nothing to do",
    "check": "`--check --diff`",
    "verbose": "nothing to do, `-v`",
}


def side_by_side(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| masters | latency | who | what | elapsed | processor | printed |",
        "|---:|---:|---|---|---:|---:|---:|",
    ]
    lines += [
        f"| {row['masters']} | {row['latency']} ms | {WHO[row['contestant']]} | {PHASES[row['phase']]} "
        f"| {row['seconds']:.1f} s | {row['cpu']:.1f} s | {row['printed'] / 1000:.1f} kB |"
        for row in rows
        if row["contestant"] != "empty" or row["phase"] == "whole"
    ]
    return lines


def growth(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| products | what | processor | module | controller | grows with the power |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        memory = [f"{row[kind] / 2**20:.0f} MiB" if row[kind] else "" for kind in ("module", "controller")]
        power = f"{row['exponent']:.2f}" if row.get("exponent") else ""
        lines.append(
            f"| {row['products']} | {row['contestant']} | {row['cpu']:.1f} s | {memory[0]} | {memory[1]} | {power} |"
        )
    return lines


def breakdown(rows: list[dict[str, Any]]) -> list[str]:
    heads = [f"{row['module']}, {row['masters']}" for row in rows]
    lines = [f"| milliseconds of | {' | '.join(heads)} |", "|---|" + "---:|" * len(rows)]
    for stage in rows[0]["stages"]:
        lines.append(f"| {stage} | " + " | ".join(f"{row['stages'][stage] * 1000:.0f}" for row in rows) + " |")
    return lines


def slices(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| masters | slices | what | elapsed | processor | reads | writes |",
        "|---:|---:|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['masters']} | {row['slices']} | {PHASES[row['phase']]} | {row['seconds']:.1f} s | {row['cpu']:.1f} s "
        f"| {row['reads']} | {row['writes']} |"
        for row in rows
    ]
    return lines


SECTIONS = {
    "side_by_side": ("Side by side", side_by_side),
    "growth": ("A very large estate, with nothing to do", growth),
    "breakdown": ("Where the time of a task with nothing to do goes", breakdown),
    "slices": ("In slices", slices),
}


def main() -> None:
    results = json.loads(RESULTS.read_text())
    lines = [BEGIN, ""]
    for name, (title, render) in SECTIONS.items():
        if name in results:
            lines += [
                f"### {title}",
                "",
                f"Measured on {results[name]['machine']}.",
                "",
                *render(results[name]["rows"]),
                "",
            ]
    text = PAGE.read_text(encoding="utf-8")
    before, _marker, rest = text.partition(BEGIN)
    PAGE.write_text(before + "\n".join([*lines, END]) + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
