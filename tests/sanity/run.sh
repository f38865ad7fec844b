#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs `ansible-test sanity` without Docker, in virtual environments of its own.
#
#   tests/sanity/run.sh [ansible-test options, for example: --test validate-modules]
#
# It checks what users get, as certification does: the content of the built tarball. ansible-test requires a path
# .../ansible_collections/<namespace>/<name> and files that git tracks, so the tarball is unpacked at such a path and added
# to a temporary repository there. The code of tests and tools, which is not in the tarball, is checked by ruff only.
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

# ansible-test keeps its virtual environments under HOME. Keep them in the checkout, so that `make clean` removes them and
# a second run is fast.
sanity_home=${SANITY_HOME:-$root/.venv/sanity-home}
mkdir -p "$sanity_home/.config/pip"

# It also clears the environment, and so the settings that say where this machine's pip looks for packages. Write these to
# pip's configuration file.
"$root/.venv/bin/python" -m pip config list | sed -nE "s/^(:env:|global)\.([a-z-]+)='(.*)'\$/\2 = \3/p" |
    awk -F ' = ' 'BEGIN { print "[global]" } !seen[$1]++' > "$sanity_home/.config/pip/pip.conf"

# It compiles the code with every python3.x that it finds on PATH, and fails on a version manager's shim for a Python that
# is not active. Link the Pythons that work, and remove the directories with others from PATH.
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

# ansible-test downloads a script that installs pip into those environments. If the download fails, it prints a path to
# which the script can be saved by hand. The script below uses Python's own pip (ensurepip), so it needs only a package
# index.
bootstrap='"""Replaces get-pip.py: installs pip from ensurepip, then the versions that ansible-test requests."""
import subprocess
import sys

dropped = ("--no-setuptools", "--no-wheel")  # options of get-pip.py that pip install does not know
wanted = [argument for argument in sys.argv[1:] if argument not in dropped]
# In a process of its own, since ensurepip disables the configuration of pip in its process.
subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade", "--default-pip"], stdout=subprocess.DEVNULL)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet"] + wanted))
'

cd "$copy"
for _ in 1 2 3 4 5; do  # different Pythons may need different versions of pip, each with a path of its own
    status=0
    "$ansible_test" sanity --venv --color no "$@" 2>&1 | tee "$work/output" || status=$?
    place=$(sed -n 's/^The bootstrap script can be manually downloaded and saved to: //p' "$work/output" | tail -n 1)
    if [ "$status" = 0 ] || [ -z "$place" ]; then exit "$status"; fi
    echo "== sanity: no download; ensurepip instead"
    mkdir -p "$(dirname "$place")" && printf '%s' "$bootstrap" >"$place"
done
exit 1
