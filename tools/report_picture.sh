#!/usr/bin/env bash
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes docs/images/report.png, which the README shows, from the report of the demo. `make picture`.
set -euo pipefail
cd "$(dirname "$0")/.."
report=.venv/demo/report/report.html
[ -f "$report" ] || { echo "There is no $report; run make demo first."; exit 1; }
mkdir -p docs/images
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --window-size=1180,792 --screenshot="$PWD/docs/images/report.png" "file://$PWD/$report" 2>/dev/null
ls -l docs/images/report.png
