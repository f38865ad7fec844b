# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms of a login page.

PRIVATE to the collection: it may change at any time. Pure functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .scrubbing import MASK

_PASSWORD = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
# Masked in the whole element: the order of its attributes is free.
_HIDDEN = re.compile(r"<input\b(?=[^>]*\btype\s*=\s*[\"']?hidden\b)[^>]*>", re.IGNORECASE)
_VALUE = re.compile(r"(\bvalue\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)


@dataclass
class Form:
    """A form that is sent by POST. ``inputs`` are the attributes of its input elements that have a name."""

    action: str
    inputs: list[dict[str, str]] = field(default_factory=list)

    def names(self, *types: str) -> list[str]:
        return [each["name"] for each in self.inputs if (each.get("type") or "text").lower() in types]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            if self._open is not None:
                self.forms.append(self._open)
        elif tag == "input" and self._open is not None and given.get("name"):
            self._open.inputs.append(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def login_forms(page: str) -> list[Form]:
    """The forms that ask for one password, in their order."""
    parser = _Forms()
    parser.feed(page)
    return [form for form in parser.forms if len(form.names("password")) == 1]


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the first login form, such as a token that the server expects back."""
    forms = login_forms(page)
    inputs = forms[0].inputs if forms else []
    return {each["name"]: each.get("value", "") for each in inputs if each.get("type", "").lower() == "hidden"}


def without_hidden_values(page: str) -> str:
    """The page with the values of hidden fields masked, since they may be tokens of the session."""
    return _HIDDEN.sub(lambda found: _VALUE.sub(rf'\1"{MASK}"', found[0]), page)


def asks_for_a_password(page: str) -> bool:
    return _PASSWORD.search(page) is not None
