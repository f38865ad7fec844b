# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a report, checked by Prometheus' own tool: the syntax, and the rules for names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import CHECKOUT, Simulator, run_playbook

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import prometheus

sys.path.append(str(CHECKOUT / "tests" / "unit" / "report"))
import samples

Check = Callable[[str | bytes], str]
DATASETS: dict[str, Callable[[], dict[str, Any]]] = {
    "example": samples.dataset,
    "hostile": lambda: samples.dataset(samples.hostile(), title=samples.HOSTILE[0]),
    "large": lambda: samples.dataset(samples.large(1000)),
    "unreadable": samples.unreadable,
    "empty": lambda: samples.dataset({"verdict": "READY", "coverage": {"read_at": samples.TIME}}),
}
NAMES = ['quote " and \\ and\nnewline', "\\", "a{b=\"c\"} 1", "ÄÖÜ 日本語 🚚", "# TYPE x counter"]  # fmt: skip


@pytest.fixture
def promtool() -> Check:
    """The messages of promtool about a text; empty if it is valid."""
    found = shutil.which("promtool", path=f"{CHECKOUT / '.venv' / 'promtool'}{os.pathsep}{os.environ['PATH']}")
    if not found:
        reason = "no promtool; tools/promtool.sh unpacks the one of the distribution"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)

    def check(metrics: str | bytes) -> str:
        text = metrics.encode() if isinstance(metrics, str) else metrics
        ran = subprocess.run([found, "check", "metrics"], input=text, capture_output=True, timeout=60, check=False)
        messages = (ran.stdout + ran.stderr).decode()
        assert bool(messages) == (ran.returncode != 0)
        return messages

    return check


@pytest.mark.parametrize("name", DATASETS)
def test_promtool_accepts_the_metrics(promtool: Check, name: str) -> None:
    assert promtool(prometheus.render(DATASETS[name]())) == ""


def test_promtool_reports_what_is_wrong(promtool: Check) -> None:
    """Shows that the other tests can fail."""
    metrics = prometheus.render(samples.dataset())
    assert "error while linting" in promtool(metrics.replace('master="ST_PARIS"', 'master="ST"PARIS"'))
    assert "dr_audit_score" in promtool(metrics.replace("dr_audit_score gauge", "dr_audit_score counter"))


@pytest.fixture
def audited(simulator: Callable[..., Simulator], tmp_path: Path) -> bytes:
    """The textfile that the role writes of an estate with hostile names."""
    backups = [{"name": f"{name} backup", "synchronized": False} for name in NAMES]
    products = [{"name": name, "backups": [backup]} for name, backup in zip(NAMES, backups, strict=True)]
    products += [{"name": backup["name"]} for backup in backups]
    common = {"type": "SecureTransport", "version": "5.4", "status": "Started"}
    cg = simulator({"products": [{**common, **product} for product in products]})
    play = {"hosts": "localhost", "gather_facts": False, "roles": ["mftops.central_governance.dr_audit"]}
    variables = {"dr_audit_report_dir": str(tmp_path / "report"), "dr_audit_fail_on": "never"}
    run_playbook([play], environment=cg.environment, extra_vars=variables).succeeded()
    return (tmp_path / "report" / "report.prom").read_bytes()


def test_promtool_accepts_the_textfile_of_the_role(promtool: Check, audited: bytes) -> None:
    assert promtool(audited) == ""
    assert audited.decode().count("dr_audit_backup_ready{") == len(NAMES)
