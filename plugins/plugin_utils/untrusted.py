# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts from outside, which must never be templated. PRIVATE to the collection: it may change at any time."""

from __future__ import annotations

import typing as t

from ansible import template

# From ansible-core 2.19 on, only text that is marked as trusted is ever taken for a template.
ONLY_TRUSTED_TEXT_IS_A_TEMPLATE = hasattr(template, "trust_as_template")


def marked_as_data(value: t.Any) -> t.Any:
    """The value with its texts marked so that they are never templated, as ansible-core needs it before 2.19."""
    if ONLY_TRUSTED_TEXT_IS_A_TEMPLATE:
        return value
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(value)
