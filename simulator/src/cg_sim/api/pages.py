# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML pages, and the API description."""

from __future__ import annotations

from html import escape

import orjson
import yaml

from cg_sim.api.http import Reply
from cg_sim.settings import Settings
from cg_sim.spec import describe

_HTML = "text/html; charset=utf-8"
_HEAD = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{1}</h1>"

SIGN_IN_PAGE = (_HEAD.format("Sign in", "Please sign in") + "</body></html>").encode()
FIRST_PAGE = _HEAD.format("Central Governance", "Welcome") + "</body></html>"


def login_page(token: str, said: str = "Please sign in") -> str:
    """With the form of the variant login=page."""
    return (
        _HEAD.format("Sign in", escape(said)) + '<form method="post" action="/ui/j_security_check">'
        f'<input type="hidden" name="form_token" value="{escape(token)}"><input name="j_username">'
        '<input type="password" name="j_password"></form></body></html>'
    )


def page_reply(status: int, text: str, headers: tuple[tuple[str, str], ...]) -> Reply:
    return Reply(status, text.encode("utf-8"), [*headers, ("content-type", _HTML)])


def description(path: str, settings: Settings) -> Reply:
    """The API description under the current variants. No credentials needed, like the product's own API pages."""
    document = describe(settings.variants, settings.lenient)
    if path.endswith(".json"):
        return Reply(200, orjson.dumps(document), [("content-type", "application/json")])
    # JSON would be valid YAML too, but block style is easier to read.
    text = yaml.dump(document, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    return Reply(200, text.encode("utf-8"), [("content-type", "application/yaml")])
