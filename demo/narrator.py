# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of the demo: chapters, commands, and claims that are checked."""

from __future__ import annotations

import os
import sys
import textwrap

WIDTH = 110


class ClaimFailed(Exception):
    """A claim of the demo is not true."""


class Narrator:
    def __init__(self) -> None:
        self.chapters = 0
        self.claims = 0
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def chapter(self, title: str, *text: str) -> None:
        self.chapters += 1
        heading = f"{self.chapters}. {title}"
        self._print(f"\n\n{self._in('1', heading)}\n{'=' * len(heading)}")
        self.say(" ".join(text))

    def say(self, text: str) -> None:
        self._print("\n" + "\n".join(textwrap.wrap(text, WIDTH)))

    def show(self, lines: list[str]) -> None:
        self._print("")
        for line in lines:
            self._print(f"    {line}")

    def command(self, command: list[str]) -> None:
        shown = " ".join(f"'{word}'" if " " in word or "{" in word else word for word in command)
        self._print(f"\n{self._in('1', '$ ' + shown)}")

    def output(self, line: str) -> None:
        self._print(f"  | {line}".rstrip())

    def claim(self, holds: bool, sentence: str) -> None:
        if not holds:
            raise ClaimFailed(sentence)
        self.claims += 1
        self._print(f"{self._in('32', '[checked]')} {sentence}")

    def fail(self, sentence: str) -> None:
        self._print(f"\n{self._in('31', '[FAILED]')} This does not hold: {sentence}")

    def end(self) -> None:
        self._print(f"\nThe demo is over; {self.claims} claims were checked. Next: docs/getting_started.md")

    def _in(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.colours else text

    def _print(self, text: str) -> None:
        print(text, flush=True)
