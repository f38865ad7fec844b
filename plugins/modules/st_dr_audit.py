#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_dr_audit
short_description: Judge whether a failover of SecureTransport would work
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Compares the declared backup topology with the one in Central Governance, checks everything there that a failover to
    the backups depends on, and returns a verdict with its evidence.
  - It never changes anything, in Central Governance or in the ledger. It reads in bulk, with three requests for an
    estate of any size, and works while masters are down.
  - What could not be read is a finding too (C(not_assessed)), so the verdict is then never V(READY).
  - Each rule is explained at U(https://github.com/mftops/ansible-collection-central-governance/blob/main/docs/rules.md).
notes:
  - Certificates are read with the Python library cryptography on the host that runs the module. Without it, the task
    still works and reports that certificates were not assessed.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.info
options:
  topology:
    description:
      - The declared masters and their backups, in the shape that M(mftops.central_governance.st_backup) takes, also as
        text.
      - If unset, nothing is compared with a declaration; all other rules apply.
    type: raw
  state:
    description:
      - With V(exact), a backup of a declared master that is not declared is drift. With V(present), it is not.
    type: str
    choices: [exact, present]
    default: exact
  masters:
    description: Judge only these masters, by name or businessId. All masters if unset.
    type: list
    elements: str
  fail_on:
    description:
      - Which verdicts fail the task.
      - With V(critical), RV(verdict=NOT_READY) and RV(verdict=UNKNOWN). With V(warning), also RV(verdict=DEGRADED).
        With V(never), none; RV(verdict=UNKNOWN) is a warning then.
    type: str
    choices: [never, critical, warning]
    default: never
  accepted:
    description:
      - Findings that are accepted for a time. They are listed, and do not affect the verdict.
      - Each entry has C(rule), C(reason), C(owner) and C(expires) (a date such as V(2027-03-31), the last day on which
        it is valid, in UTC), and at least one of C(master), C(backup), C(flow) and C(product), if the findings of the
        rule name one. All of these that are given must match the finding. Each is a name, which may end with V(*), or a
        businessId.
      - After that date the acceptance is itself a finding (C(accepted_expired)), and what it accepted counts again.
      - C(not_assessed) cannot be accepted.
      - May be YAML or JSON text.
    type: raw
    default: []
  severity:
    description:
      - Other severities for rules. Each key is a rule, each value one of V(critical), V(warning), V(info) and
        V(ignore).
      - C(not_assessed) can only be made V(critical).
      - May be YAML or JSON text.
    type: raw
    default: {}
  certificate_warning_days:
    description: A certificate that expires within this many days is a finding.
    type: int
    default: 30
  ledger:
    description:
      - Path of a ledger, which M(mftops.central_governance.dr_ledger_append) writes. It must exist and be intact. It is
        only read.
      - With it, RV(changes) lists what is new since the last audit of the same O(masters), and the audit also checks
        the drills and when each backup was last seen synchronized.
    type: path
  rpo_target:
    description:
      - How long ago a backup may last have been seen synchronized with its master, such as V(90m), V(24h) or V(2d).
        Needs O(ledger).
      - Central Governance does not give the time of a synchronization. What counts is when an audit last read both the
        flag and equal communication profiles.
    type: str
  drill_interval_days:
    description: How many days after a drill the next one is due. Needs O(ledger).
    type: int
  result_file:
    description:
      - A file to which the whole result is written, as JSON. A task that fails because of O(fail_on) shows and returns
        only as much as a person can read, and RV(ignore:omitted) counts what was left out of each list. With
        O(fail_on=never), the task returns the whole result in any case.
    type: path
seealso:
  - module: mftops.central_governance.dr_ledger_append
  - module: mftops.central_governance.dr_ledger_verify
  - module: mftops.central_governance.st_backup_info
"""

EXAMPLES = r"""
- name: Fail if a failover would not work
  mftops.central_governance.st_dr_audit:
    topology: "{{ topology }}"
    fail_on: critical
  register: audit

- name: Audit with an accepted finding and a ledger
  mftops.central_governance.st_dr_audit:
    topology: "{{ topology }}"
    severity:
      backup_stopped: info
    accepted:
      - rule: backup_unreachable
        backup: ST_TURIN
        reason: Cold standby, started by the failover runbook
        owner: MFT operations Italy
        expires: "2027-01-31"
    ledger: /var/lib/dr/ledger.jsonl
    rpo_target: 24h
    drill_interval_days: 180
"""

RETURN = r"""
verdict:
  description:
    - V(NOT_READY) with any critical finding; else V(UNKNOWN) when something could not be assessed; else V(DEGRADED)
      with any warning; else V(READY). Accepted findings do not count.
  returned: unless an option is wrong
  type: str
  sample: NOT_READY
summary:
  description: The verdict and the counts in one line.
  returned: unless an option is wrong
  type: str
masters:
  description: The masters, by name, with their backups, including those that are only declared.
  returned: unless an option is wrong
  type: list
  elements: dict
  contains:
    master:
      description: Name of the master.
      type: str
    verdict:
      description: As RV(verdict), for the findings about this master and its backups.
      type: str
    counts:
      description: As RV(counts).
      type: dict
    declared:
      description: Whether it is in O(topology).
      type: bool
    status:
      description: Its status; empty when it is not known.
      type: str
    version:
      description: Its version; empty when it is not known.
      type: str
    flows:
      description: How many flows use it.
      type: int
    backups:
      description:
        - Its backups, each with C(backup), C(verdict), C(counts), C(present) (whether it is a backup), C(declared),
          C(synchronized) (the flag), C(profiles_differ), C(status), C(version), C(last_in_sync) (when it was last seen
          synchronized; null for never) and C(differences). Unknown values are null, or an empty text.
        - Each of C(differences) is a communication profile with C(profile), C(on) (V(master), V(backup) or V(both)),
          C(differs_in), and its data on the C(master) and on the C(backup).
      type: list
      elements: dict
findings:
  description: What was found, the most severe first.
  returned: unless an option is wrong
  type: list
  elements: dict
  contains:
    id:
      description: The same in each run; it is derived from the rule and the objects.
      type: str
    rule:
      description: The rule.
      type: str
    severity:
      description: V(critical), V(unknown), V(warning) or V(info).
      type: str
    master:
      description: Name of the master; empty where it does not apply. The same holds for C(backup), C(flow), C(product).
      type: str
    message:
      description: What is wrong, in a sentence.
      type: str
    evidence:
      description: What was C(read), the time C(at) which it was read, and the C(facts) found.
      type: dict
    remedy:
      description:
        - How to fix it, as C(text); the module that does it, as C(verb) (empty where a person has to act), with its
          C(options); and the C(link) to the page about the rule.
      type: dict
    accepted:
      description: C(reason), C(owner) and C(expires) of the acceptance; null when the finding counts.
      type: dict
counts:
  description: How many findings count, by severity, and how many are C(accepted).
  returned: unless an option is wrong
  type: dict
  sample: {critical: 2, unknown: 0, warning: 3, info: 1, accepted: 1}
drift:
  description:
    - Whether Central Governance differs from the declaration, that is whether a finding of C(missing_backup),
      C(undeclared_backup), C(undeclared_master) or C(unknown_product) counts.
  returned: unless an option is wrong
  type: bool
score:
  description: A number from 0 to 100 for a trend, as C(value), with its C(arithmetic).
  returned: unless an option is wrong
  type: dict
coverage:
  description:
    - What was assessed. C(sources) lists what was read, when, and why something was not; C(rules) gives for each rule
      how many objects were C(checked), how many findings there are, and its C(state), one of V(assessed), V(in_part),
      V(not_assessed), V(ignored), V(not_asked); C(accepted_unused) lists acceptances that match
      neither a finding nor an object that could not be assessed.
  returned: unless an option is wrong
  type: dict
changes:
  description:
    - Compared with the last record of an audit of the same O(masters) in O(ledger), the ids of findings that are
      C(new), C(resolved), C(unchanged) and C(not_known) (found then, and not assessed now), and whether the state
      C(became) V(better), V(worse) or stayed the V(same). C(since) is null when there is nothing to compare with.
  returned: unless an option is wrong
  type: dict
ledger:
  description:
    - Data from the ledger; null without one. C(records), the digest of the last one as C(head), when it C(began), the
      last 400 C(audits), their C(longest_gap), and the last C(drill).
  returned: unless an option is wrong
  type: dict
declaration:
  description: The declared topology as parsed, and its digest.
  returned: unless an option is wrong
  type: dict
estate:
  description:
    - The masters with their backups, versions and flows, as the ledger keeps them. Null when they could not be read.
  returned: unless an option is wrong
  type: dict
settings:
  description: The options that the verdict depends on.
  returned: unless an option is wrong
  type: dict
error:
  description: The first error of Central Governance, when something could not be read.
  returned: when something could not be read
  type: dict
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import run_module
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_dr_audit import (
    ARGUMENT_SPEC,
    CONSTRAINTS,
    dr_audit,
)


@on_supported_python
def main() -> None:
    run_module(dr_audit, ARGUMENT_SPEC, reads_only=True, **CONSTRAINTS)


if __name__ == "__main__":
    main()
