# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be chosen at start or at run time: variants of assumptions, transitions, credentials."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Each assumption that a real Central Governance might settle otherwise. The first value is the default.
VARIANTS: dict[str, tuple[str, ...]] = {
    "backup_post": ("append", "replace"),
    "known_backup": ("ignore", "reject"),
    "sync": ("asynchronous", "immediate"),
    "no_match": ("empty", "404"),
    "status_style": ("label", "code", "object"),
    "properties_place": ("new", "old"),
    "deploy_answer": ("202", "200", "204"),
    "deploy_body": ("true", "false"),
    "error_shape": ("message", "error", "errors", "detail", "text", "html"),
    "auth": ("any", "basic", "bearer", "session"),
    "gate": ("block", "report"),
    "deployed_flow": ("deploy", "refuse"),
    "remove_path": ("default", "alternate"),
    "synchronize_path": ("default", "alternate"),
}

#: What takes time in Central Governance, and how long it takes unless told otherwise.
TRANSITIONS: dict[str, str] = {"synchronize": "polls:2", "deploy": "polls:2", "register": "polls:3"}

_TRANSITION = re.compile(r"immediate|polls:\d{1,6}|time:\d{1,9}(?:\.\d{1,6})?")


class SettingError(ValueError):
    """A key or a value that does not exist; the text says which ones do."""


@dataclass(frozen=True)
class Transition:
    """How something asynchronous ends: after `polls` reads, after `seconds` of the simulator's clock, or at once."""

    polls: int | None = None
    seconds: float | None = None

    @property
    def immediate(self) -> bool:
        return self.polls is None and self.seconds is None


def check_variants(given: Mapping[str, object]) -> dict[str, str]:
    """Return the variants as text; raise SettingError naming each unknown key or value."""
    errors = []
    result = {}
    for key, value in given.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if key not in VARIANTS:
            errors.append(f"unknown variant '{key}' (there are: {', '.join(VARIANTS)})")
        elif text not in VARIANTS[key]:
            errors.append(f"variant {key} cannot be '{text}' (one of: {', '.join(VARIANTS[key])})")
        else:
            result[key] = text
    if errors:
        raise SettingError("; ".join(errors))
    return result


def check_transitions(given: Mapping[str, object]) -> dict[str, str]:
    """Return the transitions as text; raise SettingError naming each unknown key or value."""
    errors = []
    result = {}
    for key, value in given.items():
        if key not in TRANSITIONS:
            errors.append(f"unknown transition '{key}' (there are: {', '.join(TRANSITIONS)})")
        elif not _TRANSITION.fullmatch(str(value)):
            errors.append(f"transition {key} cannot be '{value}' (immediate, time:SECONDS or polls:N)")
        else:
            result[key] = str(value)
    if errors:
        raise SettingError("; ".join(errors))
    return result


def parse_transition(text: str) -> Transition:
    """`immediate`, `time:SECONDS` or `polls:N`, already checked."""
    kind, _colon, value = text.partition(":")
    if kind == "polls":
        return Transition(polls=int(value))
    if kind == "time":
        seconds = float(value)
        return Transition(seconds=seconds if math.isfinite(seconds) else 0.0)
    return Transition()


@dataclass
class Settings:
    """The choices of one running simulator. Variants and transitions change at run time, the rest does not."""

    username: str = "admin"
    password: str = "admin"
    token: str | None = None
    lenient: bool = False
    control: bool = True
    #: Compare each answer with the API description and fail loudly: for the simulator's own tests.
    check_answers: bool = False
    start_variants: dict[str, str] = field(default_factory=dict)
    start_transitions: dict[str, str] = field(default_factory=dict)
    variants: dict[str, str] = field(init=False)
    transitions: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Back to the variants and transitions of the start."""
        self.variants = {key: values[0] for key, values in VARIANTS.items()}
        self.variants.update(check_variants(self.start_variants))
        self.transitions = {**TRANSITIONS, **check_transitions(self.start_transitions)}

    def transition(self, name: str) -> Transition:
        return parse_transition(self.transitions[name])

    def __repr__(self) -> str:
        # Never show credentials, whatever logs this object.
        return f"Settings(variants={self.variants}, transitions={self.transitions}, lenient={self.lenient})"
