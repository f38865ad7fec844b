#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Tests the collection with each ansible-core that it supports, on the oldest and the newest Python of this machine that
# runs that core. Combinations that cannot be tested here are listed at the end.
#
#   tests/compat/run.sh          the oldest and the newest core: unit tests, playbook tests, the whole pipeline from the tarball
#   tests/compat/run.sh all      every core; also ansible-test sanity
#   tests/compat/run.sh 2.18     only this core; also ansible-test sanity
#
# The oldest core is tested with the oldest supported versions of the requirements (requirements.txt), the others with the
# newest. The pipeline from the tarball is tested only with the oldest and the newest core.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
tarball=$(ls dist/mftops-central_governance-*.tar.gz 2>/dev/null | tail -n 1)
[ -n "$tarball" ] || { echo "compat: no tarball in dist/; run: make dist" >&2; exit 2; }

# The versions of Python that each core supports on the controller.
declare -A pythons=(
    [2.16]="3.10 3.11 3.12" [2.17]="3.10 3.11 3.12" [2.18]="3.11 3.12 3.13"
    [2.19]="3.11 3.12 3.13" [2.20]="3.12 3.13 3.14" [2.21]="3.12 3.13 3.14"
)
cores=(2.16 2.17 2.18 2.19 2.20 2.21)
oldest=${cores[0]} newest=${cores[-1]}
# The info modules and the inventory plugin: real playbooks, a few seconds each.
playbook_tests=(tests/integration/modules/test_st_{product,backup,flow}_info.py tests/integration/inventory)

find_python() {  # VERSION; prints one that works, from PATH or pyenv
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then echo "$candidate"; return; fi
    done
}

left_out=()
name_left_out() { for combination in "${left_out[@]}"; do echo "== compat: left out: $combination"; done; }
trap name_left_out EXIT  # also when something fails

try() {  # CORE PYTHON SANITY
    local core=$1 python=$2 sanity=$3 version venv requirements=$root/requirements.txt
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    venv=$root/.venv/compat/$core-py$version
    echo "== compat: ansible-core $core on $("$python" --version)"
    if [ ! -e "$venv/.stamp" ]; then
        if [ "$core" = "$oldest" ]; then
            mkdir -p "$root/.venv/compat" && requirements=$root/.venv/compat/minimum.txt
            sed 's/>=/==/' requirements.txt >"$requirements"
        fi
        "$python" -m venv --clear "$venv"
        "$venv/bin/python" -m pip install -qq "ansible-core==$core.*" -r "$requirements" \
            -r tests/unit/requirements.txt -e ./simulator
        touch "$venv/.stamp"
    fi
    "$venv/bin/python" -m pytest -q -n 2 tests/unit
    "$venv/bin/python" -m pytest -q -n 2 --dist loadfile "${playbook_tests[@]}"
    if [ "$core" = "$oldest" ] || [ "$core" = "$newest" ]; then
        "$venv/bin/python" -m pytest -q tests/dist --tarball "$tarball"
    fi
    if [ "$sanity" = yes ]; then
        ANSIBLE_TEST="$venv/bin/ansible-test" SANITY_HOME="$root/.venv/sanity-home-$core" tests/sanity/run.sh
    fi
}

what=${1:-ends}
for core in "${cores[@]}"; do
    case $what in
        all) sanity=yes ;;
        ends) sanity=no; [ "$core" = "$oldest" ] || [ "$core" = "$newest" ] || continue ;;
        *) sanity=yes; [ "$core" = "$what" ] || continue ;;
    esac
    here=()
    for version in ${pythons[$core]}; do
        found=$(find_python "$version")
        if [ -n "$found" ]; then here+=("$found"); else left_out+=("ansible-core $core on Python $version (not on this machine)"); fi
    done
    if [ "${#here[@]}" = 0 ]; then continue; fi
    if [ "$what" = ends ]; then
        # The oldest core on its oldest Python, and the newest core on its newest.
        if [ "$core" = "$oldest" ]; then try "$core" "${here[0]}" no; else try "$core" "${here[-1]}" no; fi
        continue
    fi
    try "$core" "${here[0]}" "$sanity"
    # Sanity itself uses every Python that it finds, so it runs only once.
    if [ "${here[-1]}" != "${here[0]}" ]; then try "$core" "${here[-1]}" no; fi
done
