# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dr_verb: runs the one of the three verbs that its action plugin asks for.

PRIVATE to the collection: it may change at any time.

Ansible builds the payload of a module, with every file that it may import, once for each module name in a run. In a
play that uses the three verbs, one payload for all of them saves two thirds of that. Only the verb that is asked for
is imported; the imports are written out, since Ansible looks for them in the source.
"""

from __future__ import annotations

import os
import typing as t

from ..cycles import stop_searching_for_cycles

if t.TYPE_CHECKING:  # the controller imports this file too, for the name of the variable
    from .verb import Verb

VERB = "CG_VERB"  # the variable with which the action plugin (plugin_utils/verb_action.py) names the verb


def run_dr_verb() -> None:
    stop_searching_for_cycles()  # as run_module does, but here before the imports
    name = os.environ.get(VERB, "")
    verb = verb_named(name)
    if verb is None:
        _refuse(name)
    else:
        from .verb import run_verb

        run_verb(verb)


def verb_named(name: str) -> Verb | None:
    if name == "st_backup":
        from .st_backup import ST_BACKUP

        return ST_BACKUP
    if name == "st_sync":
        from .st_sync import ST_SYNC

        return ST_SYNC
    if name == "st_flow_deploy":
        from .st_flow_deploy import ST_FLOW_DEPLOY

        return ST_FLOW_DEPLOY
    return None


def _refuse(name: str) -> None:
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule({}, supports_check_mode=True)
    asked = f"it was asked for {name}" if name else "it was not asked for any of them"
    module.fail_json(
        msg="dr_verb is a part of st_backup, st_sync and st_flow_deploy, which run it and say which of them it is to "
        f"carry out; {asked}. Use one of these modules. Nothing was changed."
    )
