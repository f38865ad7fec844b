# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the files of a module are imported from the zip archive in which Ansible sends them.

PRIVATE to the collection: it may change at any time.

The archive has source files only. Python's ``zipimporter`` compiles each of them twice: first only to find out its file
name, which would be different for a compiled file, then to run it. Compiling takes much of the time that a module
needs to start.
"""

from __future__ import annotations

import sys
from zipimport import zipimporter


class SourceImporter(zipimporter):
    def get_filename(self, fullname: str) -> str:
        path = f"{self.archive}/{self.prefix}{fullname.rpartition('.')[2]}"
        return f"{path}/__init__.py" if self.is_package(fullname) else f"{path}.py"


def compile_once() -> None:
    """Compiles files once, in packages imported later from the archive of this file. Elsewhere it does nothing."""
    own = __spec__ and __spec__.loader
    if isinstance(own, zipimporter):
        archive = own.archive

        def importer(path: str) -> SourceImporter:
            if not path.startswith(archive):
                raise ImportError
            return SourceImporter(path)

        sys.path_hooks.insert(0, importer)
