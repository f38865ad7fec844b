#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cg_contact
short_description: See how a Central Governance answers, and which options it needs
version_added: 0.2.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Compares a real Central Governance with what this collection documents or assumes about its API. For each of these
    assumptions it returns whether it is confirmed, contradicted or not seen, with the evidence, and it proposes the
    connection options that fit.
  - It only reads. Requests are C(GET), C(OPTIONS) (unless O(send_options=false)) and the login, some forty in all, so
    that the time does not depend on the size of the estate, except for the O(recording).
  - What reading cannot show, such as the effect of a write, is listed in RV(try_by_hand).
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.info
options:
  openapi:
    description:
      - The product's own description of its API (OpenAPI 3 or Swagger 2, JSON or YAML), a file on the host that runs
        the module. The requests for writes are taken from it.
      - Without O(url), only this file is used, and nothing is sent.
    type: path
  search_openapi:
    description:
      - Whether to look for such a description on the server, at the usual places, when O(openapi) is not given.
    type: bool
    default: true
  send_options:
    description:
      - Whether to ask with C(OPTIONS) which methods the paths of writes accept. HTTP defines it as safe, so it changes
        nothing. Switch it off where a gateway reports it as suspicious.
    type: bool
    default: true
  login_attempts:
    description:
      - How many ways to log in may be refused before the search for one ends, since accounts may be locked after a few
        wrong passwords. It ends at once when an answer says that the credentials are wrong.
    type: int
    default: 3
  recording:
    description:
      - A file on the host that runs the module, to which a recording of the requests and answers, with all products and
        flows, is written as JSON; C(cg-sim import) makes an estate of it. It is also written in check mode, with mode
        0600, and is not counted as a change.
      - It never contains passwords, tokens, cookies, keys, or the values of O(headers).
      - It is as large as the results of the info modules together, and takes as long to read.
    type: path
  replace_names:
    description:
      - Whether to replace names, hosts, certificates and other texts in the recording, each by the same word
        everywhere. Statuses, types, versions, protocols, ports and businessIds are kept. So are the words of error
        messages, except for known names; look through the recording before you send it to others.
    type: bool
    default: false
seealso:
  - name: First contact
    description: A guide to the first hour with a real Central Governance.
    link: https://github.com/mftops/ansible-collection-central-governance/blob/main/docs/first_contact.md
"""

EXAMPLES = r"""
- name: See how Central Governance answers
  mftops.central_governance.cg_contact:
    url: https://cg.example.com:6900
    username: dr-operator
    password: "{{ vault_cg_password }}"
    recording: contact.json
    replace_names: true
  register: contact

- name: Show the options that fit
  ansible.builtin.debug:
    msg: "{{ contact.proposal_text.splitlines() }}"

- name: Take the requests from the description of the API, without a server
  mftops.central_governance.cg_contact:
    openapi: central-governance-openapi.yaml
"""

RETURN = r"""
summary:
  description: The outcome in one line.
  returned: always
  type: str
authentication:
  description: The way to authenticate that works, and what was tried.
  returned: when the server was reached
  type: dict
  contains:
    way:
      description: V(basic), V(token), V(session), V(headers), V(none) (not needed), or empty when no way worked.
      type: str
    tried:
      description: Each way that was tried, with C(way), C(request), C(outcome) and C(answer).
      type: list
      elements: dict
assumptions:
  description: One entry for everything that is assumed or documented.
  returned: always
  type: list
  elements: dict
  contains:
    assumption:
      description: Its name; for an operation, the key in the option O(operations).
      type: str
    text:
      description: What is assumed.
      type: str
    provenance:
      description: V(documented) by the vendor, or V(assumed) by this collection.
      type: str
    verdict:
      description: V(confirmed), V(contradicted) or V(not seen).
      type: str
    evidence:
      description: What was seen.
      type: list
      elements: str
    consequence:
      description: What follows when it is contradicted, else empty.
      type: str
verdicts:
  description: The same as lines for people, the contradicted ones first.
  returned: when the server was reached
  type: list
  elements: str
counts:
  description: How many assumptions are C(confirmed), C(contradicted) and C(not_seen).
  returned: when the server was reached
  type: dict
fields:
  description: The expected fields that were seen or are missing, with C(of), C(field), C(verdict) and C(evidence).
  returned: when the server was reached
  type: list
  elements: dict
unexpected_fields:
  description: Fields that the collection does not use, by kind of object.
  returned: when the server was reached
  type: dict
proposal:
  description: Connection options that fit, with variables in place of credentials.
  returned: always
  type: dict
proposal_text:
  description: The same as YAML, to be pasted into a play.
  returned: when the server was reached
  type: str
remarks:
  description: What a person has to check in the proposal.
  returned: when the server was reached
  type: list
  elements: str
try_by_hand:
  description: What reading cannot show, as things to do on a test system.
  returned: when the server was reached
  type: list
  elements: str
exchanges:
  description: The requests and answers, with C(request), C(way), C(status), C(content_type), C(answer).
  returned: when the server was reached
  type: list
  elements: dict
described_requests:
  description: All requests of the description of the API.
  returned: when the server was reached
  type: list
  elements: str
openapi_found_at:
  description: Where on the server a description of the API was found; empty when it was not.
  returned: when the server was reached
  type: str
recording:
  description: The file that was written.
  returned: when O(recording) is given
  type: str
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.cg_contact import (
    ARGUMENT_SPEC,
    EMPTY,
    cg_contact,
    connect,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import run_module


@on_supported_python
def main() -> None:
    run_module(cg_contact, ARGUMENT_SPEC, EMPTY, reads_only=True, connect=connect)


if __name__ == "__main__":
    main()
