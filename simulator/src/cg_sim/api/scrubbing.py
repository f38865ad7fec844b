# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of the journal: by names of keys and parameters, in URLs, and private keys anywhere."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote_plus

SCRUBBED = "********"

#: Anywhere in a name.
_PARTS = re.compile(
    r"pass_?(word|wd|phrase|code)|pwd|secret|token|(api|private|access).?key|credential|authori[sz]ation|cookie"
    r"|session.?id",
    re.IGNORECASE,
)
#: As a separate word in a name such as `dbPw` or `user_pin`.
_WORDS = frozenset({"pw", "pass", "psk", "pin"})
#: As the whole name only: `authUserName` and `publicKeyAlias` are not secrets.
_NAMES = frozenset({"auth", "key"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PEM_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY-----.*?(?:-----END (?:[A-Z0-9 ]+ )?PRIVATE KEY-----|\Z)", re.DOTALL
)
_URL_PASSWORD = re.compile(r"(\w://[^/\s:@?#]*:)[^/\s@]+(?=@)")
_URL_PARAMETER = re.compile(r"([?&;]([^=&;#\s]+)=)[^&;#\s]+")


def is_secret(name: str) -> bool:
    """Whether the name of a key or a parameter suggests that its value is a secret."""
    if name.lower() in _NAMES or _PARTS.search(name):
        return True
    return any(word.lower() in _WORDS for word in _WORD.findall(name))


_SIGNS = re.compile(rb"pass|pwd|pw|secret|token|key|credential|authori|cookie|session|psk|pin|auth|://", re.IGNORECASE)


def may_hold_secrets(content: bytes) -> bool:
    """A quick check: false for most answers of the API, which then need not be parsed."""
    return _SIGNS.search(content) is not None


def scrub(value: Any) -> Any:
    """A copy with every value under a secret name replaced, and secrets inside texts too."""
    if isinstance(value, dict):
        secret = {key for key in value if is_secret(key)}
        if any(isinstance(value.get(key), str) and is_secret(value[key]) for key in ("name", "key")):
            secret.add("value")  # {"name": "password", "value": "..."}
        return {
            key: SCRUBBED if key in secret and entry not in (None, "") and not isinstance(entry, bool) else scrub(entry)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [scrub(entry) for entry in value]
    return scrub_text(value) if isinstance(value, str) else value


def scrub_text(text: str) -> str:
    """The text without private keys, passwords in URLs, and values of parameters with secret names."""
    if "PRIVATE KEY" in text:
        text = _PEM_KEY.sub(SCRUBBED, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\g<1>{SCRUBBED}", text)
    if "=" in text:
        text = _URL_PARAMETER.sub(lambda found: found[1] + SCRUBBED if is_secret(found[2]) else found[0], text)
    return text


def scrub_query(query: str) -> str:
    """The query string without the values of parameters with secret names, and without secrets in other values."""
    pairs = []
    for pair in query.split("&"):
        key, sign, value = pair.partition("=")
        if sign and is_secret(unquote_plus(key)):
            pair = f"{key}={SCRUBBED}"
        else:
            text = unquote_plus(value)
            scrubbed = scrub_text(text)
            if scrubbed != text:
                pair = f"{key}{sign}{quote(scrubbed, safe='*')}"
        pairs.append(pair)
    return "&".join(pairs)
