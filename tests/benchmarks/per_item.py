# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that start a process for each item: what they cost, or for a large estate would cost.

With 1,000 masters each of them takes about an hour. So they work on two samples of the masters, in the estate of full
size, and the cost of all is on the straight line through these two: what does not depend on the number of items (the
start of Ansible, the bulk reads) is in both. BENCH_LARGEST_WHOLE=1000 makes them work on all of the 1,000.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from measuring import Cost
from programs import Bench, masters_in
from settings import numbers

PROGRAMS = ("looped", "uri")
(LARGEST_WHOLE,) = numbers("BENCH_LARGEST_WHOLE", "100")  # masters; beyond, samples
SAMPLES = (10, 50)  # masters


@dataclass(frozen=True)
class Sample:
    """What a program did for some of the masters, and its cost.

    `items` is the number of processes that it started, or a number in proportion: the looped modules start three for
    each master, the `uri` playbook one for each write.
    """

    items: int
    writes: int
    cost: Cost


def measure(bench: Bench, program: str, masters: int, latency: int) -> dict[str, Cost]:
    """The costs of everything to do ("whole") and of nothing to do ("again")."""
    # One addition for each master, one synchronization for each backup, one deployment for each flow.
    writes = masters * (1 + 2 + 5)
    if masters <= LARGEST_WHOLE:
        bench.start_over(latency)
        all_of_it = _run(bench, program, masters)
        assert all_of_it.writes == writes
        return {"whole": all_of_it.cost, "again": _nothing_to_do(bench, program, masters).cost}
    samples = []
    for size in SAMPLES:
        bench.start_over(latency)
        samples.append(_run(bench, program, size))
        # Flows are not spread evenly over the masters.
        assert samples[-1].writes > size * (1 + 2)
    whole = on_the_line(*samples, items=masters if program == "looped" else writes)
    bench.run("ours")
    if program == "uri":  # it reads in bulk and then has no items
        return {"whole": whole, "again": _nothing_to_do(bench, program, masters).cost}
    samples = [_nothing_to_do(bench, program, size) for size in SAMPLES]
    return {"whole": whole, "again": on_the_line(*samples, items=masters)}


def _nothing_to_do(bench: Bench, program: str, masters: int) -> Sample:
    sample = _run(bench, program, masters)
    assert sample.writes == 0
    return sample


def _run(bench: Bench, program: str, masters: int) -> Sample:
    """Runs it for so many of the masters, which are spread evenly over the declaration."""
    declared = masters_in(bench.topology)
    step = len(declared) // masters
    topology = bench.directory / f"topology-of-{masters}.json"
    topology.write_text(json.dumps({"topology": declared[step // 2 :: step][:masters]}), encoding="utf-8")
    bench.cg.forget_journal()
    cost = bench.run(program, topology=topology)
    writes = len(bench.cg.writes())
    return Sample(masters if program == "looped" else writes, writes, cost)


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
