# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Markdown document asks the reader to do, so that a test can do it.

Blocks fenced as `bash` are run, in their order, in a folder of the document's own; blocks fenced otherwise are only
shown. HTML comments, which a reader does not see, control the test:

    <!-- file: NAME -->     before a block: the block is the content of that file
    <!-- estate: NAME -->   anywhere: the estate that the simulator holds (else the example estate)
    <!-- fails -->          before a block: its commands are expected to fail
    <!-- expect: TEXT -->   after a block: its output contains TEXT
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"<!--\s*(file|estate|expect|fails)(?::\s*(.*?))?\s*-->\s*$")
FENCE = re.compile(r"(\s*)```(\w*)\s*$")


@dataclass
class Block:
    line: int
    language: str
    text: str
    file: str = ""
    fails: bool = False
    expected: list[str] = field(default_factory=list)


@dataclass
class Document:
    path: Path
    estate: str
    blocks: list[Block]

    @property
    def commands(self) -> list[Block]:
        return [block for block in self.blocks if block.language == "bash"]


def read_document(path: Path) -> Document:
    estate = ""
    blocks: list[Block] = []
    file, fails = "", False
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        comment = COMMENT.match(line.strip())
        fence = FENCE.match(line)
        if comment:
            kind, value = comment[1], comment[2] or ""
            if kind == "estate":
                estate = value
            elif kind == "file":
                file = value
            elif kind == "fails":
                fails = True
            else:
                assert blocks and blocks[-1].language == "bash", f"{path.name}:{number}: expect follows a bash block"
                blocks[-1].expected.append(value)
        elif fence:
            indent, content = len(fence[1]), []
            for _, inner in lines:
                if inner.strip() == "```":
                    break
                content.append(inner[indent:])
            blocks.append(Block(number, fence[2], "\n".join(content) + "\n", file, fails))
            file, fails = "", False
    return Document(path, estate, blocks)
