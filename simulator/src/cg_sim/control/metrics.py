# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response

from cg_sim.simulator import Simulator

_Sample = tuple[dict[str, str], float]


async def metrics(simulator: Simulator, request: Request) -> Response:
    content = "\n".join(_lines(simulator)) + "\n"
    return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(simulator: Simulator) -> Iterator[str]:
    state, totals = simulator.world.state, simulator.journal.totals
    masters = [product for product in state.products.values() if product.backups]
    late = sum(not backup.synchronized for master in masters for backup in master.backups)
    requests = [({"operation": key[0], "status": key[1]}, float(total[0])) for key, total in totals.items()]
    seconds = [({"operation": key[0], "status": key[1]}, total[1]) for key, total in totals.items()]
    statuses = Counter(flow.status for flow in state.flows.values())
    flows = [({"status": status}, float(count)) for status, count in sorted(statuses.items())]
    faults = [
        ({"id": str(fault["id"]), "fault": str(fault["fault"])}, float(fault["hits"]))
        for fault in simulator.faults.describe()
    ]
    yield from _metric("requests_total", "counter", "Requests to the API; status none: broken connection", requests)
    yield from _metric("request_seconds_total", "counter", "Total duration of these requests, delays included", seconds)
    yield from _metric("fault_hits_total", "counter", "How often each active fault was applied", faults)
    yield from _metric("products", "gauge", "Products", [({}, float(len(state.products)))])
    yield from _metric("unsynchronized_backups", "gauge", "Backups that are not synchronized", [({}, float(late))])
    yield from _metric("flows", "gauge", "Flows by status", flows)
    yield from _metric("pending", "gauge", "Jobs that have not ended yet", [({}, float(len(state.jobs)))])


def _metric(name: str, kind: str, meaning: str, samples: Iterable[_Sample]) -> Iterator[str]:
    yield f"# HELP cg_sim_{name} {meaning}"
    yield f"# TYPE cg_sim_{name} {kind}"
    for labels, value in samples:
        written = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"cg_sim_{name}{f'{{{written}}}' if written else ''} {value:.12g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
