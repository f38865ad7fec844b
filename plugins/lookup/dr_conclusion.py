# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: dr_conclusion
short_description: Summarize a run of the role dr
version_added: 0.2.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Part of the role P(mftops.central_governance.dr#role). It builds V(dr_result) from what the tasks registered.
  - It is a lookup because a lookup gets the variables as they were registered. For a filter, Ansible would render each
    of their values again, which for a large estate takes longer than the rest of the role.
options:
  _terms:
    description:
      - The names of the variables with the results of the steps V(declare), V(synchronize) and V(deploy), and of
        M(mftops.central_governance.dr_plan), in this order. An empty or undefined variable means that its task did not
        run.
    type: list
    elements: str
    required: true
  check_mode:
    description: Whether the run was in check mode.
    type: bool
    required: true
  lines:
    description: How many actions of each step the summary lists.
    type: int
    required: true
  rows:
    description: How many objects of each list the results contain; C(omitted) counts the others.
    type: int
    default: 200
"""

EXAMPLES = r"""
- name: Show the summary of tasks that registered these results
  ansible.builtin.debug:
    msg: "{{ lookup('mftops.central_governance.dr_conclusion', 'declared', 'synchronized', 'deployed', 'judged',
             check_mode=false, lines=50).summary }}"
"""

RETURN = r"""
_list:
  description: One dictionary with the results of the steps, the summary in lines, counts, and any failure.
  type: list
  elements: dict
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ..plugin_utils.no_cycles import no_search_for_cycles
from ..plugin_utils.pipeline.steps import STEPS
from ..plugin_utils.pipeline.summary import Pipeline, conclusion


class LookupModule(LookupBase):
    def run(
        self, terms: t.Sequence[str], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        *results, judged = [(variables or {}).get(name) or {} for name in terms]
        check_mode, lines, rows = (self.get_option(name) for name in ("check_mode", "lines", "rows"))
        steps = {step.name: result for step, result in zip(STEPS, results, strict=True)}
        with no_search_for_cycles():
            return [conclusion(Pipeline(steps, judged.get("predictions") or {}, judged, check_mode, lines, rows))]
