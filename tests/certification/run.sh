#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Galaxy and Automation Hub do with an uploaded tarball (galaxy-importer), with the checks of certified collections.
# Errors and warnings fail. In an environment of its own, since its requirements contradict those of other tools.
set -euo pipefail
cd "$(dirname "$0")/../.."
tarball=$PWD/$(ls dist/mftops-central_governance-*.tar.gz 2>/dev/null | tail -n 1)
[ -f "$tarball" ] || { echo "certification: no tarball in dist/; run: make dist" >&2; exit 2; }
venv=$PWD/.venv/galaxy-importer

if [ ! -e "$venv/.stamp" ]; then
    .venv/bin/python -m venv --clear "$venv"
    "$venv/bin/python" -m pip install -qq 'galaxy-importer>=0.4.20'
    touch "$venv/.stamp"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/certification.XXXXXX")
trap 'rm -rf "$work"' EXIT
cat >"$work/galaxy-importer.cfg" <<'CONFIG'
[galaxy-importer]
# ansible-test has a target of its own (make sanity), which does not need a container engine.
RUN_ANSIBLE_TEST = False
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
CHECK_RUNTIME_VERSION = True
CONFIG
cd "$work"
status=0
env -u ANSIBLE_COLLECTIONS_PATH -u PYTHONPATH HOME="$work" PATH="$venv/bin:$PATH" \
    GALAXY_IMPORTER_CONFIG="$work/galaxy-importer.cfg" \
    "$venv/bin/python" -m galaxy_importer.main "$tarball" >"$work/output" 2>&1 || status=$?
if [ "$status" != 0 ] || grep -qE '^(ERROR|WARNING|CRITICAL)|Traceback' "$work/output" ||
    ! grep -q 'Importer processing completed successfully' "$work/output"; then
    cat "$work/output"
    echo "certification: galaxy-importer reported problems"
    exit 1
fi
echo "galaxy-importer $("$venv/bin/python" -m pip show galaxy-importer | sed -n 's/^Version: //p'): no error, no warning"
