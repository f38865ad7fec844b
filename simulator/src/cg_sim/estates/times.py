# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times in estate documents."""

from __future__ import annotations

import re
from datetime import datetime, timezone


def parse_time(text: str) -> datetime | None:
    """Parses ISO 8601 in the forms that the schema accepts; None if there is no such date or time."""
    # Python 3.10 parses fractions of a second only with 3 or 6 digits; they are not needed here.
    text = re.sub(r"\.[0-9]+", "", text).replace("Z", "+00:00").replace(" ", "T")
    if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit() and "T" in text:
        text = f"{text[:-2]}:{text[-2:]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def in_utc(moment: datetime) -> str:
    """The time as Central Governance shows it (assumed): UTC, to the second, ``2027-03-31T12:00:00Z``."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
