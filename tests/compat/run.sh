#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pipeline playbook, from the built tarball, with the oldest ansible-core that the collection supports and with the
# newest: each with a Python of this machine that can run it. A Python that is not here is left out, and named.
set -euo pipefail
cd "$(dirname "$0")/../.."
tarball=$(ls dist/mftops-central_governance-*.tar.gz 2>/dev/null | tail -n 1)
[ -n "$tarball" ] || { echo "compat: no tarball in dist/; run: make dist" >&2; exit 2; }

python_for() {
    # The first of the given versions that really runs, wherever it is installed.
    local version candidate
    for version in "$@"; do
        for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python; do
            if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then echo "$candidate"; return; fi
        done
    done
}

smoke() {
    local name=$1 requirement=$2 python=$3
    local venv=.venv/compat-$name
    if [ -z "$python" ]; then echo "== compat: $requirement left out, no Python for it on this machine"; return; fi
    echo "== compat: $requirement on $("$python" --version)"
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install -qq "$requirement" -r requirements.txt 'pytest>=8.0' PyYAML
    "$venv/bin/python" -m pytest -q tests/dist --tarball "$tarball"
}

smoke oldest 'ansible-core==2.16.*' "$(python_for 3.10 3.11 3.12)"
smoke newest 'ansible-core>=2.20' "$(python_for 3.14 3.13 3.12)"
