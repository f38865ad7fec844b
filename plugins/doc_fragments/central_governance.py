# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options and attributes that all modules share. PRIVATE to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - Python 3.10 or newer
  - requests (Python library)
options:
  url:
    description:
      - URL of Central Governance, with scheme, host and port, such as V(https://cg.example.com:6900).
      - Required, here or in the environment variable E(CG_URL).
      - Plain C(http://) works, with a warning.
    type: str
  api_prefix:
    description:
      - The path that precedes every path of the API.
      - Falls back to the environment variable E(CG_API_PREFIX).
    type: str
    default: /Axway/CentralGovernance/default/CentralGovernance/api/v2
  username:
    description:
      - User for Basic authentication. Give O(password) with it.
      - Falls back to the environment variable E(CG_USERNAME), unless O(token) is given.
    type: str
  password:
    description:
      - Password of O(username).
      - Falls back to the environment variable E(CG_PASSWORD), unless O(token) is given.
    type: str
  token:
    description:
      - Bearer token, instead of O(username) and O(password).
      - Falls back to the environment variable E(CG_TOKEN), unless O(username) or O(password) is given.
    type: str
  headers:
    description:
      - Headers sent with every request, for deployments behind single sign-on or a gateway.
      - The values are treated as secret, except those of fewer than four characters, such as V(1) for
        C(X-Requested-By), since masking them would mask parts of every result.
      - May be YAML or JSON text. Falls back to the environment variable E(CG_HEADERS), which contains such text.
    type: raw
  validate_certs:
    description:
      - Whether the server's certificate is verified.
      - Falls back to the environment variable E(CG_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - PEM file (or directory) of the certificate authorities to trust. It takes precedence over any bundle that the
        environment names.
      - Falls back to the environment variable E(CG_CA_PATH).
    type: path
  client_cert:
    description:
      - PEM file of a client certificate, which also contains its key unless O(client_key) is given.
      - Falls back to the environment variable E(CG_CLIENT_CERT).
    type: path
  client_key:
    description:
      - PEM file of the key of O(client_cert).
      - Falls back to the environment variable E(CG_CLIENT_KEY).
    type: path
  timeout:
    description:
      - Seconds that one request may take, including its complete answer. At most 86400. Waiting for a
        synchronization or a deployment has its own option.
      - Falls back to the environment variable E(CG_TIMEOUT).
    type: float
    default: 30
  retries:
    description:
      - How often a request is sent again, if that is safe (it only reads, it is idempotent, or it has certainly not
        been carried out). Each repetition is reported as a warning.
    type: int
    default: 3
  max_parallel:
    description: How many requests may be under way at the same time.
    type: int
    default: 8
  operations:
    description:
      - Overrides for operations of the API that differ in your Central Governance. Most are assumed by this
        collection, since the vendor's guide does not show them.
      - Each key is the name of an operation, each value a dict with C(method), C(path), C(body), C(encoding) (V(json),
        the default, or V(form)) and C(base), all optional.
      - C(path) follows O(url) and O(api_prefix), or O(url) alone when C(base) is V(server) instead of V(api).
      - Paths and bodies may contain the placeholders whose values are known when the request is sent. These are
        C(list_products), C(find_products) (C({name})), C(read_product) (C({id})), C(list_backups) (C({id})),
        C(add_backups) (C({id})), C(remove_backup) (C({id}), C({name}), C({backupId}), C({backupName})),
        C(synchronize_backup) (C({id}), C({name}), C({backupId}), C({backupName})), C(list_flows), C(find_flows)
        (C({name})), C(read_flow) (C({id})), C(deploy_flow) (C({id}), C({name}), C({force})), C(list_deployments),
        C(flow_deployments) (C({id}), C({name})), C(login) (C({username}), C({password})).
      - An operation that the vendor documents can be overridden too, with a warning.
      - C(login) opens a session before the first request and keeps its cookie. It is used only when a path is given
        here, and O(username) and O(password) are then not sent with every request. Its key C(page) is the path of the
        page with the login form, if the server requires that this page is read first; see the guide to connections.
      - C(add_backups) takes C(sends) instead of a body. V(careful) (the default) sends the whole list, so that no
        backup is lost if POST replaces the list, but only the new ones to a server that refuses known ones. V(added)
        always sends only the new ones, V(whole_list) always the whole list.
      - May be YAML or JSON text. Falls back to the environment variable E(CG_OPERATIONS), which contains such text.
    type: raw
attributes:
  action_group:
    description: Use C(group/mftops.central_governance.central_governance) in C(module_defaults) to set options once.
    support: full
    membership:
      - mftops.central_governance.central_governance
"""

    # For plugins that run on the controller: the environment variables of the same options. headers and operations are
    # not here, since Ansible would not parse their JSON; the modules' own table does.
    PLUGIN = r"""
options:
  url:
    env:
      - name: CG_URL
  api_prefix:
    env:
      - name: CG_API_PREFIX
  username:
    env:
      - name: CG_USERNAME
  password:
    env:
      - name: CG_PASSWORD
  token:
    env:
      - name: CG_TOKEN
  validate_certs:
    env:
      - name: CG_VALIDATE_CERTS
  ca_path:
    env:
      - name: CG_CA_PATH
  client_cert:
    env:
      - name: CG_CLIENT_CERT
  client_key:
    env:
      - name: CG_CLIENT_KEY
  timeout:
    env:
      - name: CG_TIMEOUT
"""

    VERB = r"""
options:
  continue_on_error:
    description:
      - Whether to continue with the other items after one has failed or was refused. The task still fails at its end.
      - When V(false), no further item is started after the first failure, and those are reported as V(not_tried).
    type: bool
    default: false
  unchanged_limit:
    description:
      - How many unchanged items are listed in the results. All of them are counted in RV(ignore:unchanged_count).
      - An unchanged item that has a C(message) is always listed.
      - Ansible copies a result several times and prints it with C(-v). Raise the limit if later tasks need the entries
        of unchanged items, or have all of them written to the O(result_file).
    type: int
    default: 20
  diff_limit:
    description:
      - How many changed objects the diff shows in full. If more have changed, it shows this many with one line each,
        and counts the others. Ansible needs minutes to compare texts of tens of thousands of lines.
    type: int
    default: 200
  result_file:
    description:
      - A file on the host that runs the module, to which the whole result is written as JSON, regardless of
        O(unchanged_limit). This includes the result of a failed task, of which only some 20 kB are printed and
        registered, while RV(ignore:omitted) counts what was left out.
      - It is written to a temporary file and renamed, also in check mode, and is not counted as a change. The secrets
        among the options are masked in it.
    type: path
  progress_interval:
    description:
      - Seconds after which a running task shows a line with its progress, such as C([localhost]
        Synchronize the backups, 12 of 40 done, waiting for LYON, LILLE and 26 more, 01:30 of 10:00). The second line
        follows after the same time, the third after twice the time, and all others after four times the time.
      - With V(0), no lines are shown.
      - The module must run on the controller and as the same user. On another host, with C(async) and with C(no_log),
        no lines are shown.
      - Falls back to the environment variable E(CG_PROGRESS_INTERVAL) of the controller.
    type: float
    default: 30
  predicted:
    description:
      - What an earlier task of the same play returned as RV(ignore:predicted). In check mode it is applied to what is
        read, so that a task predicts what it would do after the earlier ones. Outside of check mode it is ignored.
      - For several tasks that follow the same one, such as those of a loop, it is a list of what they returned. One
        task for all masters needs no list, and reads less.
      - May be YAML or JSON text.
    type: raw
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: full
    details: It shows the progress of the module; see O(progress_interval). It runs
      M(mftops.central_governance.dr_verb), which does the same as the module.
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
        change.
    support: full
"""

    WAITING = r"""
options:
  wait:
    description:
      - Whether to wait until Central Governance has finished, and to report what is read then.
      - When V(false), V(changed) only means that the request was accepted.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for all items of the task together. The requests sent while waiting get no more than the
        remaining time, but the last poll at least five seconds.
    type: float
    default: 600
  wait_interval:
    description: Seconds between two polls; the interval grows in steps up to 15 seconds.
    type: float
    default: 2
"""

    INFO = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details: This module never changes anything.
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details: This module never changes anything.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
        change.
    support: full
    details: This module never changes anything.
"""
