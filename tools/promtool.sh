#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Puts promtool, Prometheus' tool to check metrics, into .venv/promtool, where the tests find it. It is taken from the
# distribution's package (Debian, Ubuntu), which is only unpacked, since installing it would start a Prometheus server.
#
#   tools/promtool.sh
set -euo pipefail
cd "$(dirname "$0")/.."
place=$PWD/.venv/promtool
[ -x "$place/promtool" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"  # apt downloads as a user of its own
cd "$work"
# The first attempt fails without lists of packages, as in a new container.
apt-get download -qq prometheus >/dev/null 2>&1 || { apt-get update -qq >/dev/null; apt-get download -qq prometheus; }
dpkg -x prometheus_*.deb unpacked
mkdir -p "$place"
install -m 755 unpacked/usr/bin/promtool "$place/promtool"
"$place/promtool" --version | head -n 1
