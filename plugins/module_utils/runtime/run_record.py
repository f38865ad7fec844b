# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the role dr has done so far, in files for the action plugin that started the run.

PRIVATE to the collection: it may change at any time.

The action plugin imports this file in Ansible's main process: it must stay small.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import typing as t

FOLDER = "CG_RUN_FOLDER"  # in the environment
OPENED, PREDICTED = "opened", "predicted"
ALIVE = "alive"  # a file that the action plugin locks as long as Ansible waits for the run


class Record:
    """Files that the action plugin needs even if this process is killed; each is complete, or does not exist.

    The action plugin names a private folder in the environment. Where there is none, or it is not this user's (a module
    on another host, or as another user), nothing is kept, and everything is returned instead. ``text_of`` returns the
    JSON of a content, without secrets.
    """

    def __init__(self, folder: str | None, text_of: t.Callable[[t.Any], str]) -> None:
        self._folder = folder if folder and _is_own(folder) else None
        self.text_of = text_of
        self._is_watched = self._is_waited_for()
        self.keep(OPENED, {})

    @classmethod
    def from_environment(cls, text_of: t.Callable[[t.Any], str]) -> Record:
        return cls(os.environ.get(FOLDER), text_of)

    def keep(self, name: str, content: t.Mapping[str, t.Any]) -> bool:
        """Returns whether it was kept. A full disk, for example, raises no error."""
        if self._folder is None:
            return False
        path = os.path.join(self._folder, f"{name}.json")
        text = self.text_of(content)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(f"{path}.part", flags, 0o600), "w", encoding="ascii") as file:
                file.write(text)
            os.replace(f"{path}.part", path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(f"{path}.part")
            return False
        return True

    def is_abandoned(self) -> bool:
        """Whether Ansible has been killed meanwhile. Then nothing waits for the run any more, and no step may start."""
        return self._is_watched and not self._is_waited_for()

    def _is_waited_for(self) -> bool:
        """Whether Ansible still holds the lock; False also if that cannot be determined."""
        if self._folder is None:
            return False
        try:
            with open(os.path.join(self._folder, ALIVE), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


def _is_own(folder: str) -> bool:
    try:
        return os.path.isdir(folder) and os.stat(folder).st_uid == os.geteuid()
    except OSError:
        return False
