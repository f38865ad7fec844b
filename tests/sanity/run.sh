#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs `ansible-test sanity` without Docker, in virtual environments of its own.
#
#   tests/sanity/run.sh [ansible-test options, for example: --test validate-modules]
#
# ansible-test insists on a path .../ansible_collections/<namespace>/<name> and looks only at files that git tracks, so
# the tracked files are copied to such a place and tracked there by a throw-away repository. Changes that are not
# committed yet are seen; files that were never added are not.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
ansible_test=${ANSIBLE_TEST:-$root/.venv/bin/ansible-test}
[ -x "$ansible_test" ] || { echo "sanity: $ansible_test is missing; run it as: make sanity" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/sanity.XXXXXX")
trap 'rm -rf "$work"' EXIT
copy=$work/ansible_collections/mftops/central_governance
mkdir -p "$copy"
git ls-files -z | while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi  # tracked but deleted in the work tree: leave it out
done | tar --null --files-from=- -cf - | tar -C "$copy" -xf -
git -C "$copy" init -q
git -C "$copy" add -A

# ansible-test keeps its virtual environments under HOME; keep them with the checkout, so that `make clean` finds them
# and a second run is fast.
export HOME=$root/.venv/sanity-home
mkdir -p "$HOME/.ansible/test/cache"

# It would download a script that puts pip into those environments. Python brings pip along (ensurepip), so a script of
# ours stands in the place where ansible-test looks for its downloaded copy; then nothing but a package index is needed.
"$root/.venv/bin/python" - "$HOME/.ansible/test/cache" <<'PYTHON'
import pathlib
import re
import sys

import ansible_test._internal.python_requirements as requirements

BOOTSTRAP = '''\
"""Stand-in for get-pip.py: pip from ensurepip, then the versions that ansible-test asks for."""
import ensurepip
import subprocess
import sys

dropped = ("--no-setuptools", "--no-wheel")  # options of get-pip.py that pip install does not know
wanted = [argument for argument in sys.argv[1:] if argument not in dropped]
ensurepip.bootstrap(upgrade=True, default_pip=True)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet"] + wanted))
'''
cache = pathlib.Path(sys.argv[1])
source = pathlib.Path(requirements.__file__).read_text(encoding="utf-8")
versions = set(re.findall(r"""\bpip["']?\s*[=:]\s*["']([0-9.]+)["']""", source))
if not versions:
    sys.exit("sanity: this ansible-test does not say which pip it wants; tests/sanity/run.sh needs an update")
for version in versions:
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(BOOTSTRAP, encoding="utf-8")
PYTHON

cd "$copy"
"$ansible_test" sanity --venv --color no "$@"
