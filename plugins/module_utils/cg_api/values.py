# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading single values of Central Governance's answers.

PRIVATE to the collection: it may change at any time.

Different spellings are accepted, since much of the API is assumed. A value that is there but not understood raises
UnusableAnswer wherever treating it as missing would lead to a wrong decision.
"""

from __future__ import annotations

import json
import re
import typing as t
from functools import lru_cache

from ..dr.identity import normalized
from .answers import UnusableAnswer

Json = t.Any
LONGEST_VALUE_SHOWN = 40

LABELS = (
    # Flows
    "Saved",
    "Saved, not deployed",
    "Deployed",
    "Deployed in error",
    # Products
    "Registering",
    "Registered in error",
    "Ready to register",
    "In progress",
    "Started",
    "Starting",
    "Partially started",
    "Stopped",
    "Stopped in error",
    "Stopping",
    "Unreachable",
)
# The successor product's word for a flow that is not deployed.
_OTHER_WORDS = {"undeployed": "Saved, not deployed"}
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "enabled": True}
_FLAGS |= {"false": False, "no": False, "off": False, "0": False, "disabled": False}
_PAGE_KEYS = ("items", "content", "results", "data")


def _key(text: str) -> str:
    return re.sub(r"[^a-z]+", "", text.lower())


_LABEL_BY_KEY = {_key(label): label for label in LABELS} | _OTHER_WORDS


@lru_cache(maxsize=256)
def _label(text: str) -> str:
    return _LABEL_BY_KEY.get(_key(text), text)


def read_status(status: Json) -> str:
    """The documented label of a status given as label, code or object; an unknown word is kept as it is."""
    if isinstance(status, dict):
        status = next((status[key] for key in ("code", "label", "status", "name", "value") if status.get(key)), "")
    return _label(as_text(status).strip())


def read_flag(flag: Json) -> bool | None:
    """True, False, or None when the value is missing or not understood."""
    return flag if isinstance(flag, bool) else _FLAGS.get(str(flag).strip().lower())


def read_switch(answer: Json, what: str, otherwise: bool = False) -> bool:
    """A flag that must be true or false when it is there. Raises UnusableAnswer, which names it by ``what``."""
    if answer in (None, ""):
        return otherwise
    flag = read_flag(answer)
    if flag is None:
        raise UnusableAnswer(f"{what} that is {shown(answer)}, neither true nor false")
    return flag


def read_port(answer: Json) -> int | str | None:
    """The port number, None when there is none, or the text of a value that is no port number, for comparisons."""
    if isinstance(answer, bool):
        return as_text(answer)
    if isinstance(answer, int) and 0 < answer < 100_000:
        return answer
    text = as_text(answer).strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= 5
    return (int(text) if is_number else text) or None


def text_of(answer: dict[str, Json], key: str) -> str:
    value = answer.get(key)
    return value if isinstance(value, str) else as_text(value)  # most values are texts, and a large estate has millions


def as_text(value: Json) -> str:
    """A text that is equal for equal values of any type; empty for null."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def shown(value: Json) -> str:
    text = as_text(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else f"{text[:LONGEST_VALUE_SHOWN]}..."


def business_id_of(answer: dict[str, Json]) -> str:
    """The businessId, or the name where it is missing: names of products are unique (documented)."""
    return normalized(_identity(answer, "businessId")) or _identity(answer, "name")


def name_of(answer: dict[str, Json]) -> str:
    return _identity(answer, "name") or normalized(_identity(answer, "businessId"))


def reference_of(answer: dict[str, Json]) -> tuple[str, str]:
    """The businessId and the name as they are given; one of them may be empty."""
    return normalized(_identity(answer, "businessId")), _identity(answer, "name")


def _identity(answer: dict[str, Json], key: str) -> str:
    value = answer.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list, bool)):
        raise UnusableAnswer(f"a {key} that is {shown(value)}")
    return as_text(value)


def names_in(answer: Json) -> tuple[str, ...]:
    """The names in a list of texts or references; a single one is a list too."""
    if answer is None or isinstance(answer, bool):
        return ()
    items = answer if isinstance(answer, list) else [answer]
    return tuple([name for item in items if (name := item if isinstance(item, str) else _name_in(item))])


def _name_in(item: Json) -> str:
    return name_of(item) if isinstance(item, dict) else as_text(item)


def objects_at(answer: Json, what: str) -> list[dict[str, Json]]:
    """The objects at a place within an answer: an array, a single object, a page around an array; none for null or {}.

    Raises UnusableAnswer, which names them by ``what``, for anything else.
    """
    if answer is None or answer == {}:
        return []
    if isinstance(answer, dict):
        if "businessId" not in answer and "name" not in answer:
            for key in _PAGE_KEYS:
                if isinstance(answer.get(key), list):
                    return objects_at(answer[key], what)
        return [answer]
    if not isinstance(answer, list):
        raise UnusableAnswer(f"{what} that are {shown(answer)}")
    for item in answer:
        if not isinstance(item, dict) or not item:
            raise UnusableAnswer(f"{what} among which is {shown(item) or 'null'}")
    return answer
