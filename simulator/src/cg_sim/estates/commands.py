# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands about estate documents: ``cg-sim check``, ``schema``, ``generate``, ``import`` and ``export``.

None of them starts a server. On errors they report to standard error and write no output.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import orjson
import yaml

from cg_sim.errors import UsageError
from cg_sim.state import State
from cg_sim.store import StoreError
from cg_sim.store.sqlite import SqliteStore
from cg_sim.trust import verifying_context

from .exporting import export_estate
from .generate import EstateOptions, generate_estate, generate_topology
from .importing import Converted, import_estate
from .loader import load_estate
from .schema import estate_schema_text


def add_commands(subparsers: Any) -> None:
    """Adds the commands to what ``ArgumentParser.add_subparsers()`` returned.

    Each sets ``run``, a function that takes the parsed arguments and returns the exit status (0, or 1 with the
    reasons on standard error).
    """
    check = _command(subparsers, "check", cmd_check, "check whether a file is a valid estate, and list its errors")
    check.add_argument("file", type=Path, help="the estate document, YAML or JSON")

    summary = "print the JSON schema (draft 2020-12) of estate documents, for editors and other programs"
    _command(subparsers, "schema", cmd_schema, summary)

    _add_generate(subparsers)
    _add_import(subparsers)
    _add_export(subparsers)


def _command(
    subparsers: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _add_generate(subparsers: Any) -> None:
    parser = _command(subparsers, "generate", cmd_generate, "generate an estate of any size")
    parser.description = (
        "Generates an estate of any size, in JSON. The same options give the same bytes on every machine.\n\n"
        "example: cg-sim generate --masters 200 --backups 2 --profiles 50 --flows 5000 --seed 7 --out estate.json"
    )
    types = get_type_hints(EstateOptions, include_extras=True)
    for field in dataclasses.fields(EstateOptions):
        is_share = isinstance(field.default, float)
        (text,) = types[field.name].__metadata__
        meaning = f"share {text} (0.25 or 25%%; " if is_share else f"{text} ("
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=_share if is_share else _count, default=field.default,
            metavar="SHARE" if is_share else "N", help=f"{meaning}default {field.default:g})",
        )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    parser.add_argument(
        "--topology",
        type=Path,
        metavar="FILE",
        help="also write the topology in which every master has all its backups, for dr_apply or st_backup",
    )


def _add_import(subparsers: Any) -> None:
    parser = _command(subparsers, "import", cmd_import, "build an estate from the results of the info modules")
    parser.description = (
        "Builds an estate from the results of st_product_info and st_flow_info, so that a change can be rehearsed on\n"
        "a copy of a real estate. Give one or more files, JSON or YAML, each with one result or a mapping of several.\n"
        "This task writes such a file, where p and f are what the info modules registered:\n\n"
        "  - ansible.builtin.copy:\n"
        "      dest: export.json\n"
        "      content: \"{{ {'products': p.products, 'flows': f.flows} | to_json }}\"\n"
        '      mode: "0600"\n\n'
        "The results contain only digests of certificates, which become placeholders: equal ones stay equal,\n"
        "different ones stay different. Flows get new identifiers (IDF). Not in the results, and so not in the\n"
        "estate: contacts and tags of products, properties of flows and their tags, identifiers of legacy flows,\n"
        "times of deployments, and whether a product waits for a health check after an upgrade. Values that an\n"
        "estate cannot hold are left out with a warning on standard error; the rest is imported."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a saved result, JSON or YAML")
    _add_output(parser)


def _add_export(subparsers: Any) -> None:
    parser = _command(subparsers, "export", cmd_export, "save what a simulator holds as an estate")
    parser.description = (
        "Saves what a simulator holds as an estate for `cg-sim serve --seed`: from a running simulator (its URL, or\n"
        "the saved answer of GET URL/_sim/state), or from the database of a stopped one (`serve --db FILE`)."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--url", metavar="URL", help="the URL that it printed when it was ready")
    source.add_argument("--state", metavar="FILE", type=Path, help="the saved answer of GET URL/_sim/state")
    source.add_argument("--db", metavar="FILE", type=Path, help="its SQLite file")
    parser.add_argument("--ca", metavar="FILE", type=Path, help="with https: the CA certificate whose path it printed")
    _add_output(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="write JSON instead of YAML: faster for thousands of products"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: standard output)")


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to 1000000")
    return number


def _share(text: str) -> float:
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share: give a number from 0 to 1, or a percentage")
    return share


# --------------------------------------------------------------------------------------------------------- commands


def cmd_check(arguments: argparse.Namespace) -> int:
    estate = load_estate(arguments.file.read_bytes(), str(arguments.file))
    counts = ", ".join(f"{len(records)} {kind}" for kind, records in estate.items())
    print(f"{arguments.file}: a valid estate: {counts}")
    return 0


def cmd_schema(arguments: argparse.Namespace) -> int:
    print(estate_schema_text(), end="")
    return 0


def cmd_generate(arguments: argparse.Namespace) -> int:
    options = EstateOptions(**{each.name: vars(arguments)[each.name] for each in dataclasses.fields(EstateOptions)})
    _write(generate_estate(options), arguments.out)
    if arguments.topology is not None:
        _write(generate_topology(options), arguments.topology)
    return 0


def cmd_import(arguments: argparse.Namespace) -> int:
    imported = import_estate([(str(path), path.read_bytes()) for path in arguments.files])
    _write_estate(imported, ", ".join(map(str, arguments.files)), arguments)
    return 0


def cmd_export(arguments: argparse.Namespace) -> int:
    if arguments.url and "@" in urllib.parse.urlsplit(arguments.url).netloc:  # errors show the URL
        raise UsageError("--url: remove the user and password from the URL; the control plane needs none")
    name = str(arguments.db or arguments.state or f"{arguments.url.rstrip('/')}/_sim/state")
    try:
        exported = export_estate(_state(arguments, name))
    except StoreError as error:
        raise UsageError(str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{name}: not an answer of GET /_sim/state") from None
    _write_estate(exported, name, arguments)
    return 0


def _state(arguments: argparse.Namespace, name: str) -> dict[str, Any]:
    """The records that a simulator holds."""
    if arguments.db is not None:
        arguments.db.stat()  # opening it would create it
        with contextlib.closing(SqliteStore(arguments.db)) as store:
            return orjson.loads(orjson.dumps((store.open(0) or State()).to_documents()))
    if arguments.state is not None:
        return orjson.loads(arguments.state.read_bytes())
    import httpx  # here, because it takes a fifth of a second to load

    try:
        answer = httpx.get(name, verify=verifying_context("--ca", arguments.ca), timeout=60)
        return orjson.loads(answer.raise_for_status().content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError(f"{name}: {error}") from None


def _write_estate(made: Converted, source: str, arguments: argparse.Namespace) -> None:
    if arguments.json:
        text = orjson.dumps(made.estate, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    else:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text = yaml.dump(made.estate, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120).encode()
    load_estate(text, f"{source} (the estate made of it)")
    _write(text, arguments.out)
    for warning in made.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _write(content: bytes, path: Path | None) -> None:
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk: no file name in it
