# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that start a process for each item: what they cost, or for a large estate would cost.

With 1,000 masters each of them takes about an hour. So they work on two samples of the masters, in the estate of full
size, and the cost of all is on the straight line through these two: what does not depend on the number of items (the
start of Ansible, the bulk reads) is in both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from measuring import Cost
from programs import Bench, masters_in

PROGRAMS = ("looped", "uri")
LARGEST_WHOLE = 100  # masters; beyond, samples
SAMPLES = (10, 50)  # masters


@dataclass(frozen=True)
class Sample:
    """What a program did for some of the masters, and its cost. The unit of `items` is the program's."""

    items: int
    cost: Cost


def measure(bench: Bench, program: str, masters: int, latency: int) -> dict[str, Cost]:
    """The costs of everything to do ("whole") and of nothing to do ("again")."""
    if masters <= LARGEST_WHOLE:
        bench.start_over(latency)
        whole = _run(bench, program, masters)
        again = _run(bench, program, masters)
        assert (whole.items, again.items) == (_items(program, masters, 8 * masters), _items(program, masters, 0))
        return {"whole": whole.cost, "again": again.cost}
    whole_samples, again_samples = [], []
    for size in SAMPLES:
        bench.start_over(latency)
        whole_samples.append(_run(bench, program, size))
    # One addition for each master, one synchronization for each backup, one deployment for each flow.
    whole = on_the_line(*whole_samples, items=_items(program, masters, 8 * masters))
    bench.run("ours")
    if program == "uri":  # it reads in bulk and then has no items
        return {"whole": whole, "again": _run(bench, program, masters).cost}
    for size in SAMPLES:
        again_samples.append(_run(bench, program, size))
    return {"whole": whole, "again": on_the_line(*again_samples, items=masters)}


def _run(bench: Bench, program: str, masters: int) -> Sample:
    """Runs it for so many of the masters, which are spread evenly over the declaration."""
    declared = masters_in(bench.topology)
    step = len(declared) // masters
    topology = bench.directory / f"topology-of-{masters}.json"
    topology.write_text(json.dumps({"topology": declared[step // 2 :: step][:masters]}), encoding="utf-8")
    bench.cg.forget_journal()
    cost = bench.run(program, topology=topology)
    return Sample(_items(program, masters, len(bench.cg.writes())), cost)


def _items(program: str, masters: int, writes: int) -> int:
    """How many processes it starts, or a number in proportion: three modules for each master, or one for each write."""
    return masters if program == "looped" else writes


def on_the_line(small: Sample, large: Sample, items: int) -> Cost:
    """The cost of so many items, on the straight line through the two samples."""
    further = (items - large.items) / (large.items - small.items)

    def beyond(of_small: float, of_large: float) -> float:
        return of_large + (of_large - of_small) * further

    return Cost(
        seconds=beyond(small.cost.seconds, large.cost.seconds),
        cpu=beyond(small.cost.cpu, large.cost.cpu),
        printed=round(beyond(small.cost.printed, large.cost.printed)),
        output="",
        calculated=True,
    )
