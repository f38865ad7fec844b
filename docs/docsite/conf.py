# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The docsite: the guides in docs/, unchanged, and the reference that antsibull-docs makes. See `make docs`."""

project = "mftops.central_governance"
copyright = "The mftops.central_governance authors"
extensions = ["sphinx_antsibull_ext", "myst_parser"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
html_theme = "sphinx_ansible_theme"
html_theme_options = {"topbar_links": {}}
html_title = "mftops.central_governance"
html_show_sphinx = False
# Headings of Markdown can be pointed at, as on the pages of the repository.
myst_heading_anchors = 4
exclude_patterns = ["_build"]
nitpicky = True
# Options and return values of other collections, and environment variables, which this site does not describe.
nitpick_ignore_regex = [
    ("ansopt|ansretval|ansplugin|std:ansopt|std:envvar|envvar", r".*"),
    ("std:ref", r"ansible_collections\.ansible\.builtin\..*|.*attributes.*"),
]
