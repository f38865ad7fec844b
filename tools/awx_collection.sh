#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the collection awx.awx into a collections path. It is extracted from the Python package ansible, since a package
# index is reachable in more places than Galaxy.
#
#   tools/awx_collection.sh PYTHON COLLECTIONS
set -euo pipefail
python=$1 place=$2
# Any version of Python will do, since nothing of the package is run.
version='ansible==12.*'

download=$(mktemp -d "${TMPDIR:-/tmp}/awx.XXXXXX")
trap 'rm -rf "$download"' EXIT
"$python" -m pip download -qq --no-deps --only-binary=:all: --python-version 3.12 --dest "$download" "$version"
rm -rf "$place/ansible_collections/awx"
mkdir -p "$place"
"$python" - "$download" "$place" <<'PYTHON'
import pathlib
import sys
import zipfile

(wheel,) = pathlib.Path(sys.argv[1]).glob("ansible-*.whl")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(sys.argv[2], [name for name in archive.namelist() if name.startswith("ansible_collections/awx/")])
PYTHON
