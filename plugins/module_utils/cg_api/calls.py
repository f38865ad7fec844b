# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request, ready to be sent.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .connection import Connection
from .errors import CGError, RequestOutcome
from .operations import FORM, SERVER, Operation


class Call(t.NamedTuple):
    """An operation whose placeholders are filled in. Messages show ``path``; ``url`` is the complete URL."""

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
            unsent = cls(operation, operation.path, "")
            raise unsent.failed(
                "a name has characters that cannot be encoded in a URL.", RequestOutcome.NOT_SENT, may_pass=False
            ) from None
        url = (connection.server if operation.base == SERVER else connection.base) + path
        return cls(operation, path, url, operation.filled_body(values) if body is None else body)

    @property
    def form(self) -> dict[str, str] | None:
        """The body as a form to be encoded; None when it is JSON, or when there is none."""
        if self.operation.encoding != FORM or self.body is None:
            return None
        return {str(name): _as_field(value) for name, value in self.body.items()}

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


def _as_field(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
