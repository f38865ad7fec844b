# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands about estate documents: ``cg-sim check``, ``schema``, ``generate``, ``import`` and ``export``.

None of them starts a server. On errors they report to standard error and write no output.
"""

from __future__ import annotations

import argparse
import dataclasses
import errno
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import yaml

from cg_sim.errors import UsageError
from cg_sim.state import State
from cg_sim.store import StoreError
from cg_sim.store.sqlite import SqliteStore

from .exporting import export_estate
from .generate import EstateOptions, generate_estate, generate_topology
from .importing import Imported, import_estate
from .loader import load_estate
from .problems import EstateError
from .schema import estate_schema_text


def add_commands(subparsers: Any) -> None:
    """Adds the commands to what ``ArgumentParser.add_subparsers()`` returned.

    Each sets ``run``, a function that takes the parsed arguments and returns the exit status (0, or 1 with the
    reasons on standard error).
    """
    check = _command(subparsers, "check", cmd_check, "check whether a file is a valid estate, and list its errors")
    check.add_argument("file", type=Path, help="the estate document, YAML or JSON")

    schema = _command(subparsers, "schema", cmd_schema, "print the JSON schema of estate documents")
    schema.description = "Prints the JSON schema (draft 2020-12) of estate documents, for editors and other programs."

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
    defaults = EstateOptions()
    numbers = {
        "masters": "SecureTransport masters",
        "backups": "backups of each master",
        "profiles": "communication profiles of each master",
        "flows": "flows",
        "seed": "seed of the random numbers; another seed gives another estate of the same size",
        "spares": "SecureTransport products that are not a backup of any master",
        "transfer-cft": "Transfer CFT products",
    }
    for option, meaning in numbers.items():
        default = getattr(defaults, option.replace("-", "_"))
        parser.add_argument(
            f"--{option}", type=_count, default=default, metavar="N", help=f"{meaning} (default {default})"
        )
    shares = {
        "undeclared": "of the backups that exist but are not yet listed by their master",
        "unsynchronized": "of the listed backups that are not synchronized",
        "unreachable": "of the backups that are down",
        "not-deployed": "of the flows that are not deployed",
    }
    for option, meaning in shares.items():
        default = getattr(defaults, option.replace("-", "_"))
        parser.add_argument(
            f"--{option}", type=_share, default=default, metavar="SHARE",
            help=f"share {meaning}: 0.25 or 25%% (default {default:g})",
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
        "Builds an estate from the results of st_product_info, st_backup_info and st_flow_info, so that a change can\n"
        "be rehearsed on a copy of a real estate. Give one or more files, JSON or YAML, each with one result or a\n"
        "mapping of several. This play writes such a file:\n\n"
        "  - hosts: localhost\n"
        "    tasks:\n"
        "      - mftops.central_governance.st_product_info:\n"
        "        register: p\n"
        "      - mftops.central_governance.st_flow_info:\n"
        "        register: f\n"
        "      - ansible.builtin.copy:\n"
        "          dest: export.json\n"
        "          content: \"{{ {'products': p.products, 'flows': f.flows} | to_json }}\"\n"
        '          mode: "0600"\n\n'
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
    parser.add_argument("--ca", metavar="FILE", help="with https: the CA certificate, whose path it printed too")
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
    try:
        estate = load_estate(arguments.file.read_bytes(), str(arguments.file))
    except (OSError, EstateError) as error:
        return _fail(error)
    counts = ", ".join(f"{len(records)} {kind}" for kind, records in estate.items())
    print(f"{arguments.file}: a valid estate: {counts}")
    return 0


def cmd_schema(arguments: argparse.Namespace) -> int:
    print(estate_schema_text(), end="")
    return 0


def cmd_generate(arguments: argparse.Namespace) -> int:
    names = [field.name for field in dataclasses.fields(EstateOptions)]
    options = EstateOptions(**{name: getattr(arguments, name) for name in names})
    try:
        _write(generate_estate(options), arguments.out)
        if arguments.topology is not None:
            _write(generate_topology(options), arguments.topology)
    except OSError as error:
        return _fail(error)
    return 0


def cmd_import(arguments: argparse.Namespace) -> int:
    try:
        imported = import_estate([(str(path), path.read_bytes()) for path in arguments.files])
        _write_estate(imported, ", ".join(map(str, arguments.files)), arguments)
    except (OSError, EstateError) as error:
        return _fail(error)
    return 0


def cmd_export(arguments: argparse.Namespace) -> int:
    if arguments.url and "@" in urllib.parse.urlsplit(arguments.url).netloc:  # errors show the URL
        raise UsageError("--url: remove the user and password from the URL; the control plane needs none")
    name = str(arguments.db or arguments.state or f"{arguments.url.rstrip('/')}/_sim/state")
    try:
        _write_estate(export_estate(_state(arguments, name)), name, arguments)
    except (OSError, EstateError, StoreError) as error:
        return _fail(error)
    except (ValueError, KeyError, TypeError, AttributeError):
        print(f"cg-sim: {name}: not what GET /_sim/state answers", file=sys.stderr)
        return 1
    return 0


def _state(arguments: argparse.Namespace, name: str) -> dict[str, Any]:
    """The records that a simulator holds."""
    if arguments.db is not None:
        if not arguments.db.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(arguments.db))
        store = SqliteStore(arguments.db)
        try:
            state = store.open(0)
            documents = orjson.dumps(state.to_documents() if state else State().to_documents())
        finally:
            store.close()
        return dict(orjson.loads(documents))
    if arguments.state is not None:
        return dict(orjson.loads(arguments.state.read_bytes()))
    context = ssl.create_default_context(cafile=arguments.ca) if arguments.ca else None
    try:
        with urllib.request.urlopen(name, context=context, timeout=60) as answer:
            return dict(orjson.loads(answer.read()))
    except urllib.error.URLError as error:
        raise OSError(0, str(error.reason), name) from None


def _write_estate(made: Imported, source: str, arguments: argparse.Namespace) -> None:
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
    if path is not None:
        try:
            path.write_bytes(content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk: no file name in it
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _fail(error: Exception) -> int:
    if isinstance(error, OSError):
        if error.filename is None:  # standard output: handled in main()
            raise error
        print(f"cg-sim: {error.filename}: {error.strerror}", file=sys.stderr)
    else:
        print(error, file=sys.stderr)
    return 1
