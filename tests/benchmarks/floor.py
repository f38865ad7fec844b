# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: the same job as a bare script, with the fewest requests and nothing around it.

It adds the backups that are missing, synchronizes what is not synchronized, deploys what is not deployed, eight writes
at a time, and reads back that all of it was done. It checks no rule, predicts nothing, handles no failure, and reports
no details: it measures what the job itself costs.

    floor.py API_URL CA_FILE TOPOLOGY_FILE [reading]    credentials: CG_USERNAME and CG_PASSWORD
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

COMPARED = ("type", "protocol", "port", "clientAuthentication", "fips", "ssl")


class Floor:
    def __init__(self, api: str, ca_file: str) -> None:
        self.api = api
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=8))
        self.session.auth = (os.environ["CG_USERNAME"], os.environ["CG_PASSWORD"])
        self.session.verify = ca_file

    def get(self, path: str) -> Any:
        answer = self.session.get(f"{self.api}/{path}")
        answer.raise_for_status()
        return json.loads(answer.content)

    def post_each(self, requests_to_make: Iterable[tuple[str, Any]]) -> int:
        def post(request: tuple[str, Any]) -> None:
            self.session.post(f"{self.api}/{request[0]}", json=request[1]).raise_for_status()

        with ThreadPoolExecutor(8) as pool:
            return sum(1 for _done in pool.map(post, requests_to_make))


def until(read: Callable[[], Any], is_done: Callable[[Any], bool]) -> Any:
    while not is_done(seen := read()):
        time.sleep(0.5)
    return seen


def do_the_job(floor: Floor, topology: list[dict[str, Any]]) -> int:
    products = floor.get("products")
    by_name = {product["name"]: product for product in products}
    missing = []
    for entry in topology:
        master = by_name[entry["master"]]
        listed = {backup["name"] for backup in master["backupProducts"]}
        added = [{"businessId": by_name[n]["businessId"], "name": n} for n in entry["backups"] if n not in listed]
        if added:
            missing.append((f"products/{master['businessId']}/backupproducts", added))
    writes = floor.post_each(missing)
    if missing:
        products = floor.get("products")
    declared = {entry["master"]: set(entry["backups"]) for entry in topology}
    assert all(
        declared[p["name"]] <= {b["name"] for b in p["backupProducts"]} for p in products if p["name"] in declared
    )

    unsynchronized = [
        (f"products/{product['businessId']}/backupproducts/{backup['businessId']}/synchronize", None)
        for product in products
        if product["name"] in declared
        for backup in product["backupProducts"]
        if not backup["synchronized"]
    ]
    if unsynchronized:
        writes += floor.post_each(unsynchronized)
        products = until(lambda: floor.get("products"), lambda seen: all(flags_of(seen, declared)))
    assert all(pairs_are_equal(products, declared))

    expected = {
        product["businessId"]: {product["businessId"], *(b["businessId"] for b in product["backupProducts"])}
        for product in products
        if product["name"] in declared
    }
    flows, rows = floor.get("flows"), floor.get("deployments")
    used = {flow["businessId"]: products_in(flow) & expected.keys() for flow in flows}
    undeployed = missing_deployments(flows, rows, used, expected)
    writes += floor.post_each((f"flows/{flow_id}/deploy", {"force": False}) for flow_id in undeployed)
    if undeployed:
        until(
            lambda: (floor.get("flows"), floor.get("deployments")),
            lambda seen: not missing_deployments(*seen, used, expected),
        )
    return writes


def flags_of(products: list[dict[str, Any]], declared: Iterable[str]) -> Iterable[bool]:
    return (b["synchronized"] for p in products if p["name"] in declared for b in p["backupProducts"])


def pairs_are_equal(products: list[dict[str, Any]], declared: Iterable[str]) -> Iterable[bool]:
    profiles = {p["businessId"]: {c["name"]: c for c in p["communicationProfiles"]} for p in products}
    for product in products:
        if product["name"] in declared:
            own = profiles[product["businessId"]]
            for backup in product["backupProducts"]:
                others = profiles[backup["businessId"]]
                yield own.keys() == others.keys() and all(
                    own[name].get(key) == others[name].get(key) for name in own for key in COMPARED
                )


def products_in(flow: dict[str, Any]) -> set[str]:
    return {
        part["part"]["businessId"]
        for key in ("sources", "relays", "targets")
        for stage in (flow[key] if isinstance(flow[key], list) else [flow[key]])
        for part in stage["parts"]
        if part["part"].get("businessId")
    }


def missing_deployments(
    flows: list[dict[str, Any]], rows: list[dict[str, Any]], used: dict[str, set[str]], expected: dict[str, set[str]]
) -> list[str]:
    deployed: dict[str, set[str]] = {}
    for row in rows:
        if row["status"] == "Deployed":
            deployed.setdefault(row["flow"]["businessId"], set()).add(row["product"]["businessId"])
    return [
        flow["businessId"]
        for flow in flows
        if used[flow["businessId"]]
        and not (
            flow["status"] == "Deployed"
            and all(expected[i] <= deployed.get(flow["businessId"], set()) for i in used[flow["businessId"]])
        )
    ]


if __name__ == "__main__":
    with open(sys.argv[3], encoding="utf-8") as file:
        declaration = json.load(file)["topology"]
    if sys.argv[4:] == ["reading"]:  # the least that an audit needs
        bare = Floor(sys.argv[1], sys.argv[2])
        print("objects:", sum(len(bare.get(path)) for path in ("products", "flows", "deployments")))
        sys.exit()
    print("writes:", do_the_job(Floor(sys.argv[1], sys.argv[2]), declaration))
