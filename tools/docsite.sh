#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds the docsite into dist/docs: guides and reference. A broken link within it fails the build; links to other
# sites are not checked.
#
#   tools/docsite.sh BIN     the folder with sphinx-build and antsibull-docs
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(cd "$1" && pwd)
export PATH=$bin:$PATH ANSIBLE_COLLECTIONS_PATH=${ANSIBLE_COLLECTIONS_PATH:-$PWD/.venv/collections}
work=.venv/docsite
repository=$(sed -n 's/^repository: *//p' galaxy.yml)

rm -rf "$work" dist/docs && mkdir -p "$work/reference" "$work/guides" dist
cp docs/docsite/conf.py docs/docsite/ansible.rst "$work/"
"$bin/antsibull-docs" collection --use-current --squash-hierarchy --fail-on-error --dest-dir "$work/reference" \
    mftops.central_governance >/dev/null
# Guides in the order of the README's list, then the others by name.
mapfile -t guides < <({ sed -n '/^- Guides/,/^## /p' README.md | grep -o 'blob/main/docs/[a-z_]*\.md' | sed 's,.*/,,'; ls docs/*.md | sed 's,.*/,,'; } | awk '!seen[$0]++')
cp docs/*.md "$work/guides/"
cp -r docs/images docs/*.svg "$work/guides/"
cp README.md "$work/overview.md"
# On the site, the README's links to guides lead to the pages of the site, other links to the repository.
sed -i -E "s,$repository/blob/main/docs/([a-z_]+\.md),guides/\1,g" "$work/overview.md"
sed -i -E 's,\]\(\.\./README\.md,](../overview.md,g' "$work"/guides/*.md
sed -i -E "s,\]\(\.\./([A-Za-z_/.-]+(#[a-z-]+)?)\),](REPOSITORY/blob/main/\1),g; s,\]\(((schemas|awx_project)[A-Za-z0-9_/.-]*)\),](REPOSITORY/blob/main/docs/\1),g; s,REPOSITORY,$repository,g" "$work"/guides/*.md
sed -i -E "s,$repository/blob/main/overview.md,../overview.md,g" "$work"/guides/*.md
list=$(printf 'guides/%s\\n' "${guides[@]%.md}")
sed "s,@GUIDES@,${list%\\n}," docs/docsite/index.md >"$work/index.md"
"$bin/sphinx-build" -q -W --keep-going -b html "$work" dist/docs
echo "docsite: dist/docs/index.html ($(find dist/docs -name '*.html' | wc -l) pages)"
