# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the measurements of `make bench` into docs/performance.md, between the markers, and docs/performance.svg."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "performance.md"
PLOT = CHECKOUT / "docs" / "performance.svg"
RESULTS = CHECKOUT / ".cache" / "benchmarks.json"
BEGIN = "<!-- measurements: made by make bench, do not edit -->"
END = "<!-- end of measurements -->"
PROGRAMS = {
    "floor": "floor: a bare script", "empty": "three empty modules", "ours": "three tasks of ours", "role": "role `dr`",
    "looped": "our modules, looped per item", "uri": "a playbook of `uri` tasks",
    "reading": "a bare script that only reads", "audit": "role `dr_audit`, all formats",
}  # fmt: skip
RATIOS = ("ours whole", "ours again", "role whole", "role again", "ours check")  # the columns, in this order
PHASES = {
    "whole": "everything to do",
    "again": "nothing to do",
    "check": "`--check --diff`",
    "verbose": "nothing to do, `-v`",
}


def side_by_side(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| masters | latency | program | what | elapsed | processor | printed |",
        "|---:|---:|---|---|---:|---:|---:|",
    ]
    for row in rows:
        if row["program"] != "empty" or row["phase"] == "whole":
            about, digits = ("about ", 0) if row["calculated"] else ("", 1)
            values = ((row["seconds"], "s"), (row["cpu"], "s"), (row["printed"] / 1000, "kB"))
            costs = [f"{value:.{digits}f} {unit}" for value, unit in values]
            lines.append(
                f"| {row['masters']} | {row['latency']} ms | {PROGRAMS[row['program']]} | {PHASES[row['phase']]} | "
                + " | ".join(about + cost for cost in costs)
                + " |"
            )
    return lines


def ratios(rows: list[dict[str, Any]]) -> list[str]:
    """The budgets and the measured ratios: of elapsed time, and in brackets of processor time."""
    budgets = {name: budget for row in rows for name, budget in row["budgets"].items()}
    lines = [
        "| masters | latency | passes | tasks, everything | nothing | role, everything | nothing | `--check --diff` |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
        "| budget | | | " + " | ".join(f"{budgets[name]:.2f}" if name in budgets else "" for name in RATIOS) + " |",
    ]
    for row in rows:
        cells = [f"{row['seconds'][name]:.2f} [{row['cpu'][name]:.2f}]{_mark(row, name)}" for name in RATIOS]
        lines.append(f"| {row['masters']} | {row['latency']} ms | {row['passes']} | " + " | ".join(cells) + " |")
    return lines


def _mark(row: dict[str, Any], name: str) -> str:
    budget = row["budgets"].get(name)
    if budget is None:
        return " (no budget)"
    return "" if row["seconds"][name] <= budget else " (not met)"


def audit(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| masters | program | elapsed | processor | ratio to a bare reading | module | controller |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        memory = [f"{row[kind] / 2**20:.0f} MiB" if row.get(kind) else "" for kind in ("module", "controller")]
        ratio = f"{row['ratio']:.2f} [{row['ratio_cpu']:.2f}]" if "ratio" in row else ""
        lines.append(
            f"| {row['masters']} | {PROGRAMS[row['program']]} | {row['seconds']:.1f} s | {row['cpu']:.1f} s "
            f"| {ratio} | {memory[0]} | {memory[1]} |"
        )
    return lines


COLOURS = {"floor": "#555555", "ours": "#1b6ca8", "role": "#2a9d4a", "looped": "#c8781e", "uri": "#b03a3a"}


def plot(rows: list[dict[str, Any]], machine: str) -> str:
    """Elapsed time of everything to do, over the number of masters, both on logarithmic axes.

    The line to a calculated time is dashed.
    """
    rows = [row for row in rows if row["phase"] == "whole" and row["program"] in COLOURS and not row["latency"]]
    sizes, seconds = sorted({row["masters"] for row in rows}), [row["seconds"] for row in rows]
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    left, right, top, bottom = 70, 430, 20, 300
    span = math.log10(sizes[-1] / sizes[0]) or 1.0

    def place(masters: float, value: float) -> tuple[float, float]:
        x = left + (right - left) * math.log10(masters / sizes[0]) / span
        return round(x, 1), round(bottom - (bottom - top) * (math.log10(value) - low) / (high - low), 1)

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 350" font-family="sans-serif" font-size="12">',
        "<title>Elapsed time of everything to do, by number of masters</title>",
        f"<desc>Measured on {machine}.</desc>",
        '<rect width="640" height="350" fill="white"/>',
    ]
    for power in range(low, high + 1):
        _x, y = place(sizes[0], 10.0**power)
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{10.0**power:g} s</text>')
    for size in sizes:
        x, _y = place(size, 10.0**low)
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{size}</text>')
    parts.append(f'<text x="{(left + right) / 2}" y="{bottom + 40}" text-anchor="middle">masters</text>')
    ends = sorted((place(r["masters"], r["seconds"])[1], r["program"]) for r in _last_of_each(rows))
    label = top - 18.0
    for y, program in ends:
        colour = COLOURS[program]
        own = sorted((row for row in rows if row["program"] == program), key=lambda row: row["masters"])
        for start, end in itertools.pairwise(own):
            (x1, y1), (x2, y2) = (place(row["masters"], row["seconds"]) for row in (start, end))
            dashes = ' stroke-dasharray="6 4"' if end["calculated"] else ""
            parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="2"{dashes}/>')
        label = max(y + 4, label + 18)
        name = PROGRAMS[program].replace("`", "")
        parts.append(f'<text x="{right + 12}" y="{label:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _last_of_each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["masters"]):
        last[row["program"]] = row
    return list(last.values())


def growth(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| products | what | processor | module | controller | exponent of growth |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        memory = [f"{row[kind] / 2**20:.0f} MiB" if row[kind] else "" for kind in ("module", "controller")]
        power = f"{row['exponent']:.2f}" if row.get("exponent") else ""
        lines.append(
            f"| {row['products']} | {row['program']} | {row['cpu']:.1f} s | {memory[0]} | {memory[1]} | {power} |"
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
    "audit": ("The audit", audit),
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
        if name == "side_by_side" and name in results:
            lines += ["Against the budgets, elapsed and in square brackets in processor time:", ""]
            lines += [*ratios(results["ratios"]["rows"]), ""]
            lines += ["![Elapsed time of everything to do, by number of masters](performance.svg)", ""]
            PLOT.write_text(plot(results[name]["rows"], results[name]["machine"]), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, _marker, rest = text.partition(BEGIN)
    PAGE.write_text(before + "\n".join([*lines, END]) + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
