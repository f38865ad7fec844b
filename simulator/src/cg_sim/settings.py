# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All settings, at the start and at run time: variants of assumptions, transitions, credentials."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cg_sim.errors import InvalidInput

DEFAULT_PASSWORD = "admin"

#: Each assumption in which a real Central Governance may differ. The first value is the default.
VARIANTS: dict[str, tuple[str, ...]] = {
    "backup_post": ("append", "replace"),
    "known_backup": ("ignore", "reject"),
    "sync": ("asynchronous", "immediate"),
    "no_match": ("empty", "404"),
    "lists": ("full", "summary"),
    "status_style": ("label", "code", "object"),
    "properties_place": ("new", "old"),
    "deploy_answer": ("202", "200", "204"),
    "deploy_body": ("true", "false"),
    "error_shape": ("message", "error", "errors", "detail", "text", "html"),
    "auth": ("any", "basic", "bearer", "session"),
    "login": ("json", "form", "page"),
    "gate": ("block", "report"),
    "deployed_flow": ("deploy", "refuse"),
    "remove_path": ("default", "alternate"),
    "synchronize_path": ("default", "alternate"),
}

#: Description of each variant, for help texts and the console.
VARIANT_MEANINGS: dict[str, str] = {
    "backup_post": "what POST does to the list of backups",
    "known_backup": "adding a backup that is already listed: 200, or 409",
    "sync": "synchronization: 202 and done later, or 200 and done",
    "no_match": "a filter that matches nothing: [], or 404",
    "lists": "entries of GET /products and GET /flows: whole, or without profiles and backups, or without sources, "
    "relays and targets. GET /products?name= is whole in any case, as documented",
    "status_style": 'statuses of flows and deployments: "Saved, not deployed", SAVED_NOT_DEPLOYED, or an object with '
    "code and timestamp",
    "properties_place": "properties of a flow's parts are answered in step.commonProperties, or in properties",
    "deploy_answer": "the status of the answer to a deploy",
    "deploy_body": "whether that answer has a body",
    "error_shape": "bodies of errors: JSON with the message under that key, plain text, or an HTML page",
    "auth": "credentials that are accepted; bearer needs a token; session is a login, and then its cookie",
    "login": "POST login with username and password as JSON, or a form to POST /j_security_check, outside of the API; "
    "page: the login form at /ui/; it needs the page's cookie and hidden field, and the page must be read again "
    "afterwards",
    "gate": "deploy while backups are not synchronized: 409, or accepted and then Saved, not deployed with the reason "
    "in the flow's details",
    "deployed_flow": "deploying a flow that is already Deployed: accepted, or 409",
    "remove_path": "DELETE .../backupproducts/{id}, or POST .../backupproducts/remove with references",
    "synchronize_path": "POST .../backupproducts/{id}/synchronize, or POST .../synchronizebackups with references",
}

#: What takes time in Central Governance, and the default duration.
TRANSITIONS: dict[str, str] = {"synchronize": "polls:2", "deploy": "polls:2", "register": "polls:3"}

_TRANSITION = re.compile(r"immediate|polls:\d{1,6}|time:\d{1,9}(?:\.\d{1,6})?")


class SettingError(InvalidInput):
    """An unknown key or value; the text lists the valid ones."""


@dataclass(frozen=True)
class Transition:
    """When asynchronous work ends: after `polls` reads, after `seconds` of the simulator's clock, or immediately."""

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
            errors.append(f"unknown variant '{key}' (known: {', '.join(VARIANTS)})")
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
            errors.append(f"unknown transition '{key}' (known: {', '.join(TRANSITIONS)})")
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
    """The settings of one simulator. Variants and transitions can change at run time, the others cannot."""

    username: str = "admin"
    password: str = DEFAULT_PASSWORD
    token: str | None = None
    #: If set, the control plane accepts programs on other machines that send it.
    control_token: str | None = None
    lenient: bool = False
    control: bool = True
    #: Validate each answer against the API description; for the simulator's own tests.
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
        self.variants.update(self.check_variants(self.start_variants))
        self.transitions = {**TRANSITIONS, **check_transitions(self.start_transitions)}

    def check_variants(self, given: Mapping[str, object]) -> dict[str, str]:
        """Like check_variants, and refuses settings that would lock everybody out."""
        checked = check_variants(given)
        if checked.get("auth") == "bearer" and not self.token:
            raise SettingError(
                "auth=bearer needs a token, otherwise every request would be refused: set the environment variable "
                "CG_SIM_TOKEN (or the one that --token-env names) before the start"
            )
        return checked

    def transition(self, name: str) -> Transition:
        return parse_transition(self.transitions[name])

    def __repr__(self) -> str:
        # No credentials, in case this object is logged.
        return f"Settings(variants={self.variants}, transitions={self.transitions}, lenient={self.lenient})"
