# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job of this collection, step by step with explanations: `make demo`.

Every command that is shown is really run, with the ansible-playbook of this checkout, against a simulated Central
Governance that the demo starts and stops. Each claim is checked, mostly by a request to the simulator and not by the
output of the playbook. The exit status is 1 at the first claim that is not true.
"""

from __future__ import annotations

import sys

from narrator import ClaimFailed, Narrator
from rehearsal import EXAMPLE, LEDGER, Rehearsal

DR_APPLY = ["ansible-playbook", "mftops.central_governance.dr_apply"]
AS_WANTED = [*DR_APPLY, "-e", f"@{EXAMPLE}/topology.yml"]
WITHOUT_LYON = [*DR_APPLY, "-e", f"@{EXAMPLE}/topology_shrunk.yml", "-e", "dr_state=exact"]
BEGIN_LEDGER = ["ansible", "localhost", "-m", "mftops.central_governance.dr_ledger_append", "-a"]
AUDIT = ["ansible-playbook", "mftops.central_governance.dr_audit", "-e", f"@{EXAMPLE}/topology.yml"]
AUDIT += ["-e", "@demo/audit.yml"]
MASTER, BACKUP = "ST_PARIS", "ST_LYON"  # the pair of the second half


def run_chapters(narrator: Narrator, rehearsal: Rehearsal) -> None:
    narrator.chapter(
        "A Central Governance to rehearse on",
        "A bank moves its files with SecureTransport servers in two regions. Some are masters, in production; others",
        "stand by as their backups. Central Governance administers them all. Here it is simulated.",
    )
    rehearsal.start()
    narrator.say("This is what the bank has on a Monday morning (~ marks a backup that is not equal to its master):")
    narrator.show(rehearsal.table())
    narrator.say(f"And this is what it wants, from {EXAMPLE}/topology.yml:")
    narrator.show(rehearsal.declaration())

    narrator.chapter(
        "Would a failover work?",
        "The playbook dr_audit compares what the bank wants with what is there, and looks at what a failover needs. It",
        "only reads, writes a report, and fails if the answer is no. A ledger records each audit.",
    )
    rehearsal.play([*BEGIN_LEDGER, f"path={LEDGER} kind=begin"])
    rehearsal.play(AUDIT, fails=True)
    first = rehearsal.report()
    narrator.claim(first["verdict"] == "NOT_READY", "The verdict is NOT_READY.")
    narrator.claim(
        rehearsal.found(first, "missing_backup", "not_synchronized") >= set(rehearsal.missing_backups()),
        "It named every declared backup that is not there, or is not synchronized.",
    )
    narrator.claim(rehearsal.writes() == [], "Central Governance's journal of the run has reads only, not one write.")

    narrator.chapter(
        "What would a run do?",
        "The playbook dr_apply takes three steps: it declares the backups, synchronizes them with their masters,",
        "and deploys the flows on both. With --check it predicts them, each step from the one before it.",
    )
    before = rehearsal.state()
    predicted = rehearsal.play([*AS_WANTED, "--check", "--diff"])
    narrator.claim(predicted.changed and bool(predicted.actions), f"{len(predicted.actions)} actions were predicted.")
    narrator.claim(rehearsal.writes() == [], "Central Governance's journal of the run has reads only, not one write.")
    narrator.claim(rehearsal.state() == before, "It is exactly as it was.")

    narrator.chapter(
        "For real",
        "The same command, without --check and --diff. Before its first write it predicts the whole run once more.",
    )
    done = rehearsal.play(AS_WANTED)
    narrator.claim(done.actions == predicted.actions, "It did what was predicted, no more and no less.")
    narrator.claim(rehearsal.missing_backups() == [], "Each master has its declared backups, and all are synchronized.")
    narrator.claim(
        rehearsal.flows_not_on_backups() == [],
        "Each flow of these masters is Deployed, on the master and on each of its backups.",
    )
    narrator.show(rehearsal.table())

    narrator.chapter("Once more", "A run that finds everything as declared leaves it alone.")
    again = rehearsal.play(AS_WANTED)
    narrator.claim(not again.changed and again.actions == [], "There was nothing to do.")
    narrator.claim(rehearsal.writes() == [], "And nothing was written.")

    narrator.chapter(
        "Remove a backup",
        "The bank gives up its site in Lyon. When a backup is removed, Central Governance gives no warning and changes",
        f"no status: the flows of {MASTER} stay deployed on {BACKUP}, which is no longer a backup. The collection",
        "calls such deployments stale.",
    )
    users = sorted(rehearsal.flows_of(MASTER, status="Deployed"))
    removed = rehearsal.play([*WITHOUT_LYON, "--tags", "declare"])
    narrator.claim(
        bool(users) and sorted(removed.stale_flows) == users,
        f"It named the {len(users)} flows that are still deployed on {BACKUP}.",
    )
    narrator.claim(
        sorted(rehearsal.flows_deployed_on(BACKUP)) == users,
        f"Central Governance indeed still has them there, and calls each of them {rehearsal.statuses(users)}.",
    )
    narrator.say("The next deployment cleans up. The collection sees that one is needed, whatever the status is:")
    rehearsal.play([*WITHOUT_LYON, "--tags", "deploy"])
    narrator.claim(rehearsal.flows_deployed_on(BACKUP) == [], f"Nothing is deployed on {BACKUP} any more.")

    narrator.chapter(
        "Add the backup again, and skip a step",
        "Lyon stays after all. Somebody runs the first of the three steps.",
    )
    added = rehearsal.play([*AS_WANTED, "--tags", "declare"])
    narrator.claim(
        all(any(flow in warning for warning in added.warnings) for flow in users),
        f"It warned of the impact, and named the {len(users)} deployed flows that use {MASTER}.",
    )
    narrator.claim(
        sorted(rehearsal.flows_of(MASTER, status="Saved, not deployed")) == users,
        'They are "Saved, not deployed" now: that is what Central Governance does.',
    )
    narrator.say("Then the third step, without the second one:")
    refused = rehearsal.play([*AS_WANTED, "--tags", "deploy"], fails=True)
    gate = f"Backup product/s {BACKUP} are not synchronized with the master product {MASTER}"
    narrator.claim(gate in refused.failure, f'Refused, in the words of Central Governance\'s documentation: "{gate}".')
    narrator.claim(rehearsal.writes() == [], "No flow was touched.")
    narrator.say("All three steps, in their order:")
    rehearsal.play(AS_WANTED)
    narrator.claim(
        sorted(rehearsal.flows_deployed_on(BACKUP)) == users, f"All {len(users)} flows are deployed on {BACKUP} again."
    )
    narrator.show(rehearsal.table())

    narrator.chapter(
        "Would a failover work now?",
        "The same question as in the beginning. What a playbook can repair is repaired; the rest needs a person.",
    )
    rehearsal.play(AUDIT, fails=True)
    last = rehearsal.report()
    declared = {entry["master"] for entry in rehearsal.topology}
    narrator.claim(
        not any(pair.split()[0] in declared for pair in rehearsal.found(last, "missing_backup", "not_synchronized")),
        "No declared backup is missing, and none of them is not synchronized.",
    )
    narrator.claim(
        rehearsal.found(last, "backup_unreachable") == set(rehearsal.unreachable_backups()),
        "The answer is still no: it named the backup that is switched off, which no playbook can start.",
    )
    narrator.claim(last["changes"]["became"] == "better", "By the ledger, it is better than in the previous audit.")
    narrator.claim(rehearsal.writes() == [], "Nothing was written.")
    narrator.say("The report, one page for managers and engineers; open it in a browser:")
    narrator.show([rehearsal.report_page()])

    narrator.chapter("The end", "The simulated Central Governance is stopped.")


def main() -> int:
    narrator = Narrator()
    rehearsal = Rehearsal(narrator)
    try:
        try:
            run_chapters(narrator, rehearsal)
        finally:
            rehearsal.stop()
        narrator.claim(not rehearsal.is_running(), "The simulator no longer runs.")
    except ClaimFailed as failure:
        narrator.fail(str(failure))
        return 1
    narrator.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
