#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The code is in plugins/action/dr_report.py: it runs on the controller.

DOCUMENTATION = r"""
module: dr_report
short_description: Write the report of a disaster recovery audit
version_added: 0.1.0
description:
  - Writes the result of M(mftops.central_governance.st_dr_audit) to files on the controller, all made from the same
    data. The role P(mftops.central_governance.dr_audit#role) runs both.
  - The files are written under temporary names and renamed when all are complete. A reader never sees half a report,
    and a report that cannot be written leaves the earlier one as it was.
  - The same audit gives the same bytes.
options:
  audit:
    description:
      - The result of M(mftops.central_governance.st_dr_audit).
      - It may be the result of a task that failed because it could not read Central Governance. The verdict of the
        report is then V(UNKNOWN), and an earlier report that did assess something is kept beside it as
        C(report.last_assessed.json) and C(report.last_assessed.html).
    type: dict
    required: true
  directory:
    description:
      - Where the files are written, on the controller. It is created if it is missing. A relative path starts at the
        current directory.
    type: path
    required: true
  formats:
    description:
      - Which files are written.
      - V(json) is C(report.json), the whole data; its JSON Schema is C(docs/schemas/dr_report-1.schema.json).
      - V(html) is C(report.html), one page that needs no network and no other file.
      - V(junit) is C(report.junit.xml), a test case for each pair and rule.
      - V(prometheus) is C(report.prom), for the textfile collector of node_exporter.
      - V(csv) is C(report.csv), a row for each finding. A cell that a spreadsheet would take for a formula is prefixed
        with an apostrophe.
    type: list
    elements: str
    choices: [json, html, junit, prometheus, csv]
    default: [json, html, junit, prometheus, csv]
  title:
    description: The title of the report.
    type: str
    default: Disaster recovery of SecureTransport
  groups:
    description:
      - Regions or other groups by which the picture of the topology arranges the masters. Each key is the name of a
        group, its value a list of products. A name may end with V(*).
    type: dict
    default: {}
  topology:
    description:
      - The declared topology. It is shown, as V(UNKNOWN), when the audit could not read Central Governance.
    type: list
    elements: dict
    default: []
  fail_on:
    description:
      - For which verdicts RV(failure) is set. The task itself does not fail, so that the report can be used first.
      - V(critical) means V(NOT_READY) and V(UNKNOWN), V(warning) also V(DEGRADED).
    type: str
    choices: [never, critical, warning]
    default: never
  findings_listed:
    description: How many findings RV(summary) and RV(failure) list; the others are counted.
    type: int
    default: 20
  mode:
    description: The permissions of the files, an octal number in quotes.
    type: str
    default: "0644"
attributes:
  check_mode:
    description: Predicts whether a file would be written, and writes nothing.
    support: full
  diff_mode:
    description: Whether the task shows what differs.
    support: none
  platform:
    description: Where it runs.
    support: full
    platforms: posix
  action:
    description: Runs on the controller; the host that the task is for is not contacted.
    support: full
  idempotent:
    description: The same audit gives the same files. Another audit gives other files, since they contain its time.
    support: full
seealso:
  - module: mftops.central_governance.st_dr_audit
author:
  - The mftops.central_governance authors (@mftops)
"""

EXAMPLES = r"""
- name: Audit
  mftops.central_governance.st_dr_audit:
    topology: "{{ topology }}"
  register: audit

- name: Write the report
  mftops.central_governance.dr_report:
    audit: "{{ audit }}"
    directory: /var/lib/dr
    formats: [json, html]
    groups:
      West: [ST_PARIS, ST_LYON]
      Central: [ST_FRANK*]
  register: report

- name: Show the summary and the path
  ansible.builtin.debug:
    msg: "{{ report.summary + [report.files.html] }}"
"""

RETURN = r"""
changed:
  description: Whether a file was written, or would be in check mode.
  returned: success
  type: bool
verdict:
  description: V(READY), V(DEGRADED), V(NOT_READY) or V(UNKNOWN).
  returned: success
  type: str
headline:
  description: The verdict in one sentence.
  returned: success
  type: str
  sample: 3 of 5 masters are not ready to fail over.
summary:
  description: The verdict, the findings that count, and the acceptances that match nothing, as lines.
  returned: success
  type: list
  elements: str
failure:
  description: Why a run with this O(fail_on) has to fail; empty if it need not.
  returned: success
  type: str
files:
  description: The path of each file, by format.
  returned: success
  type: dict
  sample: {json: /var/lib/dr/report.json, html: /var/lib/dr/report.html}
stats:
  description:
    - What the role passes to M(ansible.builtin.set_stats) for a workflow - C(dr_verdict), C(dr_drift), C(dr_counts),
      C(dr_summary), C(dr_became), C(dr_score) and C(dr_report).
  returned: success
  type: dict
"""
