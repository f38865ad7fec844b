# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exceptions that talking to Central Governance may raise; their texts are for the user.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import enum
import typing as t

# The server asks for a later attempt, or a gateway answered in place of the server: a retry may succeed.
PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})


class RequestOutcome(enum.Enum):
    """How far a failed request got."""

    NOT_SENT = enum.auto()  # it did not reach the server
    REFUSED = enum.auto()  # the server refused it and did not carry it out
    UNKNOWN = enum.auto()  # it was sent, and no usable answer came back


class CGError(Exception):
    """A request to Central Governance failed.

    ``outcome`` is how far the request got; callers use the properties. ``may_pass`` is False when a retry cannot help.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: RequestOutcome,
        method: str = "",
        path: str = "",
        status: int | None = None,
        server_message: str = "",
        may_pass: bool = True,
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.method = method
        self.path = path
        self.status = status
        self.server_message = server_message
        self.may_pass = may_pass

    @property
    def was_sent(self) -> bool:
        """False when the request certainly did not reach the server."""
        return self.outcome is not RequestOutcome.NOT_SENT

    @property
    def is_refusal(self) -> bool:
        """True when the server refused the request: it was not carried out, and will not be.

        This includes 408 and 429 to a write, although a retry may be accepted (see ``is_final``).
        """
        return self.outcome is RequestOutcome.REFUSED

    @property
    def may_have_happened(self) -> bool:
        """True when the server may have carried out the request: the reply was lost, unusable, or a failure (5xx)."""
        return self.outcome is RequestOutcome.UNKNOWN

    @property
    def is_final(self) -> bool:
        """True when the server itself has answered completely: no other answer to this request will come.

        The answers of a gateway (502, 503, 504) and requests to try later (408, 429) are not final. A final answer that
        is not a refusal (500, or one that is not understood) does not say whether the request was carried out.
        """
        return self.status is not None and self.status not in PASSING_STATUSES

    def as_result(self) -> dict[str, t.Any]:
        return {
            "status": self.status,
            "method": self.method,
            "path": self.path,
            "server_message": self.server_message,
        }


class WriteInCheckMode(CGError):
    """A write was about to be sent in check mode: a defect of the collection, stopped by the transport."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(
            f"{method} {path} was about to be sent where only reads are allowed, and was stopped. "
            "This is a defect of the collection; please report it.",
            outcome=RequestOutcome.NOT_SENT,
            method=method,
            path=path,
        )


class BadOption(ValueError):
    """An option with a value that cannot work; the text names the option and says what would be right."""
