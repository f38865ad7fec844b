#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs `ansible-test sanity` without Docker, in virtual environments of its own.
#
#   tests/sanity/run.sh [ansible-test options, for example: --test validate-modules]
#
# It looks at what users get, as certification does: the content of the built tarball. ansible-test insists on a path
# .../ansible_collections/<namespace>/<name> and on files that git tracks, so the tarball is unpacked at such a place and
# tracked there by a throw-away repository. The code of tests and tools, which no tarball carries, is left to ruff.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
ansible_test=${ANSIBLE_TEST:-$root/.venv/bin/ansible-test}
[ -x "$ansible_test" ] || { echo "sanity: $ansible_test is missing; run it as: make sanity" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/sanity.XXXXXX")
trap 'rm -rf "$work"' EXIT
copy=$work/ansible_collections/mftops/central_governance
mkdir -p "$copy"
"$root/.venv/bin/ansible-galaxy" collection build --output-path "$work" "$root" >/dev/null
tar -C "$copy" -xzf "$work"/mftops-central_governance-*.tar.gz
git -C "$copy" init -q && echo /tests/output/ >>"$copy/.git/info/exclude"  # ansible-test works there
git -C "$copy" add -A

# ansible-test keeps its virtual environments under HOME; keep them with the checkout, so that `make clean` finds them
# and a second run is fast.
sanity_home=$root/.venv/sanity-home
mkdir -p "$sanity_home/.ansible/test/cache" "$sanity_home/.config/pip"

# It also drops the environment, and with it where this machine's pip looks for packages; hand that over as a file.
"$root/.venv/bin/python" -m pip config list | sed -nE "s/^(:env:|global)\.([a-z-]+)='(.*)'\$/\2 = \3/p" |
    awk -F ' = ' 'BEGIN { print "[global]" } !seen[$1]++' > "$sanity_home/.config/pip/pip.conf"

# It compiles the code with every python3.x that it finds on PATH, and gives up on a version manager's shim for a Python
# that is not switched on. Offer it the Pythons that really run, and hide directories with ones that do not.
pythons=$sanity_home/pythons
rm -rf "$pythons" && mkdir -p "$pythons"
hidden=:
for name in python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14; do
    while IFS= read -r candidate; do
        if [ -x "$candidate" ] && "$candidate" -c '' >/dev/null 2>&1; then
            real=$("$candidate" -c 'import os, sys; print(os.path.realpath(sys.executable))')
            ln -sfn "$real" "$pythons/$name"
            break
        fi
        hidden+=$(dirname "$candidate"):
    done < <(type -ap "$name"; ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"${name#python}".*/bin/"$name" 2>/dev/null || true)
done
path=$pythons
while IFS= read -r -d : directory; do
    case $hidden in *:"$directory":*) ;; *) path+=:$directory ;; esac
done <<<"$PATH:"
export PATH=$path HOME=$sanity_home

# It would download a script that puts pip into those environments. Python brings pip along (ensurepip), so a script of
# ours stands in the place where ansible-test looks for its downloaded copy; then nothing but a package index is needed.
"$root/.venv/bin/python" - "$HOME/.ansible/test/cache" <<'PYTHON'
import pathlib
import re
import sys

import ansible_test._internal.python_requirements as requirements

BOOTSTRAP = '''\
"""Stand-in for get-pip.py: pip from ensurepip, then the versions that ansible-test asks for."""
import subprocess
import sys

dropped = ("--no-setuptools", "--no-wheel")  # options of get-pip.py that pip install does not know
wanted = [argument for argument in sys.argv[1:] if argument not in dropped]
# In a process of its own, since ensurepip switches pip's configuration off for the process that it runs in.
subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade", "--default-pip"], stdout=subprocess.DEVNULL)
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
