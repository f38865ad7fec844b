# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`cg-sim proxy`: passes requests to a real Central Governance and compares both sides with the API description.

`passing` is the proxy itself, `upstream` its connection to Central Governance, `differences` compares without I/O,
`recording` keeps secrets out and writes the file, `proxy_command` is the command line.
"""
