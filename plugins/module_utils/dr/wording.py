# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Building blocks of messages.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

NAMES_SHOWN = 20
SIMILARITY = 0.75  # of 1


def did_you_mean(reference: str, names: t.Iterable[str]) -> str:
    """`` Did you mean NAME?``, with the space, for the most similar name, ignoring case; '' if none is similar."""
    import difflib  # only a misspelt name needs it

    by_folded = {name.casefold(): name for name in sorted(names)}
    close = difflib.get_close_matches(reference.casefold(), list(by_folded), n=1, cutoff=SIMILARITY)
    return f" Did you mean {by_folded[close[0]]}?" if close else ""


def enumerated(names: t.Sequence[str]) -> str:
    """``A, B, C``; names beyond the limit are only counted."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def one_line(text: str) -> str:
    """The text on one line, without control characters for a terminal.

    >>> one_line("A\\n\\x1b[31mB")
    'A [31mB'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
