# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A prediction as one text, for a fact: Ansible copies each value of a fact again for every task.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t

_TEXT = "json"


def one_text(prediction: t.Mapping[str, t.Any], text_of: t.Callable[[t.Any], str] = json.dumps) -> dict[str, t.Any]:
    """The same prediction as a dictionary with one value. ``text_of`` returns the JSON of it.

    >>> one_text({"flows": []}), one_text({})
    ({'json': '{"flows": []}'}, {})
    """
    return {_TEXT: text_of(prediction)} if prediction and _TEXT not in prediction else dict(prediction)


def from_text(prediction: t.Any) -> t.Any:
    """The prediction in the form of ``one_text``; anything else, including invalid JSON, is returned unchanged.

    >>> from_text(one_text({"flows": [1]})), from_text({"flows": [1]}), from_text(7)
    ({'flows': [1]}, {'flows': [1]}, 7)
    """
    if not isinstance(prediction, dict) or not isinstance(text := prediction.get(_TEXT), str):
        return prediction
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return prediction
