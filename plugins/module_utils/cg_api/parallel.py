# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bounded parallel work.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .errors import CGError

Item = t.TypeVar("Item")
Result = t.TypeVar("Result")


def map_parallel(work: t.Callable[[Item], Result], items: t.Sequence[Item], limit: int) -> list[Result]:
    """``[work(item) for item in items]``, at most ``limit`` at a time; raises the first item's error in their order."""
    if len(items) <= 1 or limit == 1:
        return [work(item) for item in items]
    # Imported only when there is work to do in parallel.
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    # The context holds the time limit of a wait (see ``deadline``), which new threads would not have.
    contexts = [copy_context() for _item in items]
    with ThreadPoolExecutor(max_workers=min(limit, len(items))) as pool:
        return list(pool.map(lambda context, item: context.run(work, item), contexts, items))


def any_failure(_error: CGError) -> bool:
    return True


def certain_failure(error: CGError) -> bool:
    """False when the reply was lost or has status 409: the work may be under way, which only a read can show."""
    return error.status != 409 and (not error.may_have_happened or error.status is not None)


def no_failure(_error: CGError) -> bool:
    return False


def try_each(
    work: t.Callable[[Item], t.Any],
    items: t.Sequence[Item],
    limit: int,
    stops: t.Callable[[CGError], bool],
) -> list[CGError | bool]:
    """Does the work for each item. Returns for each True when done, the CGError when it failed, False when not tried.

    After an error for which ``stops`` is true, no further item is started; those under way are finished.
    """
    stopped = False

    def attempt(item: Item) -> CGError | bool:
        nonlocal stopped
        if stopped:
            return False
        try:
            work(item)
        except CGError as error:
            stopped = stopped or stops(error)
            return error
        return True

    return map_parallel(attempt, items, limit)
