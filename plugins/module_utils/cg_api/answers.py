# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms that an answer to a read may have. An answer that is not understood is an error, never an empty list.

PRIVATE to the collection: it may change at any time.

If an answer such as ``{"message": "please log in"}`` were taken for an empty list, writes would follow from it.
Accepted are: a list of objects (documented), one object, and a page around a list that says that it is the whole list
(both assumed).
"""

from __future__ import annotations

import typing as t

from .documents import LargeList, NotInPieces

Json = t.Any

# An object of each kind has at least one of these keys.
IDENTITIES = {
    "products": ("businessId", "name"),
    "flows": ("businessId", "name"),
    "backups": ("businessId", "name"),
    "deployments": ("businessId", "flow"),
}
_LIST_KEYS = ("items", "content", "results", "data")
_TOTALS = ("total", "totalElements", "totalCount", "totalItems", "totalResults", "totalSize")
_PAGES = ("totalPages", "pageCount", "pages")
_MORE = ("hasMore", "hasNext", "has_more", "has_next", "more", "next", "nextPage", "nextPageToken")
_METADATA_KEYS = ("page", "meta", "metadata", "paging", "pagination", "_links", "links")


class UnusableAnswer(ValueError):
    """The answer does not have the expected form; the text says which form it has.

    ``is_message``: it may be a message to the user, which is then quoted.
    """

    def __init__(self, text: str, is_message: bool = False) -> None:
        super().__init__(text)
        self.is_message = is_message


def objects_in(answer: Json, kind: str) -> t.Iterable[dict[str, Json]]:
    """The objects of an answer; ``kind`` is a key of IDENTITIES. Raises UnusableAnswer.

    Those of a LargeList are checked one by one during the iteration, which may raise NotInPieces.
    """
    return _objects_of_large(answer, kind) if isinstance(answer, LargeList) else _objects_in(answer, kind)


def _objects_of_large(answer: LargeList, kind: str) -> t.Iterator[dict[str, Json]]:
    for item in answer:
        if not _is_a(kind, item):
            raise NotInPieces
        if kind == "products" and item.get("backupProducts"):
            _check_backups(item)
        yield item


def _objects_in(answer: Json, kind: str) -> list[dict[str, Json]]:
    if answer is None:
        raise UnusableAnswer("nothing (an empty body, or null)")
    if isinstance(answer, dict):
        if not _is_a(kind, answer):
            return _objects_in_page(answer, kind)
        answer = [answer]
    if not isinstance(answer, list):
        if isinstance(answer, str):
            raise UnusableAnswer("a text", is_message=True)
        raise UnusableAnswer(f"the value {str(answer)[:40]}")
    for number, item in enumerate(answer, start=1):
        if not _is_a(kind, item):
            what = f"has none of {', '.join(IDENTITIES[kind])}" if isinstance(item, dict) else "is not an object"
            raise UnusableAnswer(f"a list whose entry {number} of {len(answer)} {what}")
        if kind == "products" and item.get("backupProducts"):
            _check_backups(item)
    return answer


def _check_backups(product: dict[str, Json]) -> None:
    """Whether a product is a master depends on this list alone, so its form is checked as well."""
    try:
        _objects_in(product["backupProducts"], "backups")
    except UnusableAnswer as problem:
        name = str(product.get("name") or product.get("businessId"))[:80]
        raise UnusableAnswer(f"a product ({name}) whose backupProducts are {problem}") from None


def _is_a(kind: str, item: Json) -> bool:
    if isinstance(item, dict):
        for key in IDENTITIES[kind]:
            if item.get(key) not in (None, "", [], {}):
                return True
    return False


def _objects_in_page(page: dict[str, Json], kind: str) -> list[dict[str, Json]]:
    key = next((key for key in (*_LIST_KEYS, kind) if isinstance(page.get(key), list)), None)
    if key is None:
        raise UnusableAnswer(f"an object with {_keys(page)}", is_message=True)
    objects = _objects_in(page[key], kind)
    verdicts = list(_verdicts({name: value for name, value in page.items() if name != key}, len(objects)))
    if not verdicts:
        raise UnusableAnswer(f"a page ({_keys(page)}) that does not say whether it is the whole list")
    if not all(verdicts):
        raise UnusableAnswer(f"a page ({_keys(page)}) that is not the whole list")
    return objects


def _verdicts(metadata: dict[str, Json], count: int) -> t.Iterator[bool]:
    """For each property of a page (total, next link and so on): is it consistent with the page being the whole list?"""
    for key, value in metadata.items():
        if key in _TOTALS:
            yield value == count
        elif key in _PAGES and isinstance(value, int):
            yield value <= 1
        elif key in _MORE:
            yield not value
        elif key == "last" and isinstance(value, bool):
            yield value
        elif key in _METADATA_KEYS and isinstance(value, dict):
            yield from _verdicts(value, count)


def _keys(page: dict[str, Json]) -> str:
    names = [str(key)[:40] for key in page]
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"the keys {shown}" if names else "no keys"
