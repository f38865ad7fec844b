# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request, ready to be sent.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .connection import Connection
from .errors import CGError, RequestOutcome
from .operations import Operation


@dataclass(frozen=True)
class Call:
    """An operation whose placeholders are filled in. ``path`` is what messages show, ``url`` is the whole of it."""

    operation: Operation
    path: str
    url: str
    body: t.Any = None

    @classmethod
    def of(
        cls, operation: Operation, values: t.Mapping[str, t.Any], connection: Connection, body: t.Any = None
    ) -> Call:
        """``body`` replaces the one that the operation describes. Raises CGError."""
        try:
            path = operation.filled_path(values)
        except UnicodeEncodeError:
            unsent = cls(operation, operation.path, connection.base + operation.path)
            raise unsent.failed(
                "a name holds characters that no URL can carry.", RequestOutcome.NOT_SENT, may_pass=False
            ) from None
        return cls(operation, path, connection.base + path, operation.filled_body(values) if body is None else body)

    def __str__(self) -> str:
        return f"{self.operation.method} {self.path}"

    def failed(
        self,
        text: str,
        outcome: RequestOutcome,
        *,
        status: int | None = None,
        server_message: str = "",
        may_pass: bool = True,
    ) -> CGError:
        """The error of this request; the server's message, if any, follows the text."""
        said = f" It said: {as_sentence(server_message)}" if server_message else ""
        return CGError(
            f"{self}: {text}{said}",
            outcome=outcome,
            method=self.operation.method,
            path=self.path,
            status=status,
            server_message=server_message,
            may_pass=may_pass,
        )


def as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
