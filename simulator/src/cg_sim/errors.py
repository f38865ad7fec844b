# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions with which the simulator refuses something."""

from __future__ import annotations


class InvalidInput(ValueError):
    """Input (a setting, an estate, a snapshot) is not valid; the text says why."""


class UsageError(Exception):
    """Wrong command-line options or environment; the text tells the user what to change."""


class Refusal(Exception):
    """A request that is answered with an error.

    `status` is the HTTP status, the text is the error message for the caller. All statuses and all texts are
    assumed, except the text of the backup gate (documented)."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def bad_request(message: str) -> Refusal:
    """The request does not follow the API description."""
    return Refusal(400, message)


def not_found(message: str) -> Refusal:
    return Refusal(404, message)


def conflict(message: str) -> Refusal:
    """Not possible in the current state."""
    return Refusal(409, message)


def refused(message: str) -> Refusal:
    """Understood, but a rule forbids it."""
    return Refusal(422, message)
