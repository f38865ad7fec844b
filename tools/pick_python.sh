#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints the Python for the checkout's virtual environment: python3 if it is 3.10 or newer, else the newest
# python3.x of at least 3.10. PYTHON=... in the environment overrides the choice.
set -euo pipefail

usable() {
    # It is run, since version managers have shims for versions that are not active.
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    usable "$PYTHON" && { echo "$PYTHON"; exit 0; }
    echo "PYTHON=$PYTHON is not a Python 3.10 or newer with the modules venv and ensurepip." >&2
    exit 1
fi
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    usable "$candidate" && { echo "$candidate"; exit 0; }
done
cat >&2 <<'MESSAGE'
No usable Python found: Python 3.10 or newer is needed, with the modules venv and ensurepip.
  Debian, Ubuntu:   apt-get install python3 python3-venv
  Fedora, RHEL:     dnf install python3.12
Or name one yourself:  make PYTHON=/path/to/python3.12
MESSAGE
exit 1
