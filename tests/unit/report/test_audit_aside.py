# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit that the role dr_audit keeps in a file between its tasks."""

from __future__ import annotations

import json

import pytest
import samples
from ansible import constants
from ansible.errors import AnsibleActionFail

from ansible_collections.mftops.central_governance.plugins.plugin_utils import audit_aside
from ansible_collections.mftops.central_governance.plugins.plugin_utils.audit_aside import KEPT_IN, set_aside, whole


@pytest.fixture(autouse=True)
def local_tmp(tmp_path, monkeypatch):
    folder = tmp_path / "ansible-local"
    folder.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))
    return folder


def test_an_audit_comes_back_whole_and_what_is_passed_on_does_not_grow_with_the_estate(local_tmp):
    small, large = ({**samples.large(masters), "changed": False, "warnings": ["w"]} for masters in (1, 300))
    short = set_aside(large)
    assert whole(short) == large
    assert (short["verdict"], short["counts"], short["warnings"]) == (large["verdict"], large["counts"], ["w"])
    assert abs(len(json.dumps(short)) - len(json.dumps(set_aside(small)))) < 20
    (path, _other) = sorted(local_tmp.iterdir(), key=lambda file: -file.stat().st_size)
    assert str(path) == short[KEPT_IN]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failed_audit_and_one_for_which_there_is_no_room_are_passed_on_as_they_are(monkeypatch, local_tmp):
    audit = samples.example()
    for given in ({**audit, "failed": True, "msg": "No."}, {"ansible_job_id": "j1", "started": 1}):
        assert set_aside(given) == given
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(local_tmp / "missing"))
    assert set_aside(audit) == whole(audit) == audit


def test_no_other_file_is_read(tmp_path):
    """A result is data of the host that the module ran on."""
    (tmp_path / "secret.json").write_text('{"masters": ["a secret"]}')
    for path in (tmp_path / "secret.json", tmp_path / "ansible-local" / ".." / "secret.json"):
        with pytest.raises(AnsibleActionFail, match="is not a file of this run of Ansible"):
            whole({KEPT_IN: str(path)})


def test_a_file_that_is_gone_is_reported(local_tmp):
    short = set_aside(samples.example())
    for damage in (lambda path: path.write_text("{"), lambda path: path.unlink()):
        damage(next(local_tmp.iterdir()))
        with pytest.raises(AnsibleActionFail, match=r"cannot be read again: .*\. Audit again\."):
            whole(short)
    assert audit_aside.VARIABLE == "__dr_audit_aside"  # as the role's task has it
