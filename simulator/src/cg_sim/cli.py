# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `cg-sim`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import cg_sim
from cg_sim.errors import UsageError
from cg_sim.estates import EstateError
from cg_sim.estates.commands import add_commands
from cg_sim.proxy.proxy_command import add_proxy
from cg_sim.serve_command import add_serve, indented

_EPILOG = """\
examples:
  cg-sim serve --example
        the example estate, two regions with their flows
  cg-sim serve --seed estate.yml
        in memory, a free port on 127.0.0.1, user admin, password admin; the first line of output has the URL
  cg-sim serve --seed estate.yml --db cg.sqlite --port 6900 --tls
        durable, HTTPS with a throw-away CA; --seed is used only if the database file is new
  cg-sim serve --variant status_style=code --transition deploy=time:30
        with other assumptions and durations; `cg-sim serve --help` lists them
  cg-sim proxy --upstream https://cg.example.com:6900 --recording cg.jsonl
        record requests to a real Central Governance, and list the differences from the API description

URLs (URL is what `cg-sim serve` printed):
  URL/Axway/CentralGovernance/default/CentralGovernance/api/v2     the API; openapi.json and openapi.yaml below it
  URL/console/                                                     a web page to watch it
  URL/_sim                                                         the control plane, as follows

the control plane (no credentials, only from the same machine):
  curl URL/_sim/health                         whether it is up, and how many records it has
  curl -X POST URL/_sim/reset                  back to the state after the start
  curl -X POST --data-binary @estate.yml URL/_sim/seed
  curl 'URL/_sim/journal?write=true'           the write requests so far; DELETE clears the journal
  curl URL/_sim/state                          all records
  curl -X POST URL/_sim/snapshot > file        to restore: curl -X POST --data-binary @file URL/_sim/restore
  curl -X PUT -d '{"frozen": true}' URL/_sim/clock            also now, advance (seconds), real
  curl -X PUT -d '{"gate": "report"}' URL/_sim/variants       also transitions
  curl -X POST -d '{"operation": "deployFlow", "fault": "status", "status": 503, "count": 2}' URL/_sim/faults
        `cg-sim faults` lists the faults
  curl -X POST -d '{"product": "ST_PARIS", "version": "5.5"}' URL/_sim/events    an event outside of Central Governance
"""


class _Parser(argparse.ArgumentParser):
    """Accepts no abbreviated options, and does not show the value of an unknown one: it may be a password.

    ``--password X`` would otherwise be taken for ``--password-env X``, or be quoted in the error message."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def parse_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # overloaded in the base class
        words = sys.argv[1:] if args is None else list(args)
        if words and words[0].startswith("-") and words[0] not in ("-h", "--help", "--version"):
            self._refuse(words)  # its value would be shown as an invalid command
        options, unknown = self.parse_known_args(words, namespace)
        if unknown:
            self._refuse(unknown)
        return options

    def _refuse(self, words: list[str]) -> NoReturn:
        for word in words:
            if word.startswith("-"):
                self.error(f"unrecognized arguments: {word.partition('=')[0] if word.startswith('--') else word[:2]}")
        self.error(f"unrecognized arguments: {' '.join(words)}")


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        status = _run(arguments)
        sys.stdout.flush()  # report write errors here, not from the interpreter's shutdown
        return status
    except UsageError as problem:
        print(f"cg-sim: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("cg-sim: interrupted", file=sys.stderr)
        return 130
    except EstateError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        # Without a file's name it is an error of standard output.
        _abandon_stdout()
        if not isinstance(error, BrokenPipeError):
            print(f"cg-sim: {error.filename or 'standard output'}: {error.strerror or error}", file=sys.stderr)
    return 1


def _abandon_stdout() -> None:
    """Discard buffered output: flushing it would fail again when the interpreter shuts down."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    return int(options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cg-sim",
        description="Simulates Central Governance's REST API around SecureTransport backups: products, profiles, "
        "backups, flows, deployments, with the rules of the vendor's guide.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cg-sim {cg_sim.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_serve(commands)
    add_proxy(commands)
    provenance = commands.add_parser("provenance", help="show how much of the API is documented and how much assumed")
    provenance.add_argument(
        "--list", action="store_true", help="also list every operation, parameter, status code and field"
    )
    provenance.set_defaults(run=_run_provenance)
    faults = commands.add_parser("faults", help="list the faults that the control plane can set, and their keys")
    faults.set_defaults(run=_run_faults)
    spec = commands.add_parser("spec", help="print the OpenAPI description (YAML)")
    spec.set_defaults(run=_run_spec)
    add_commands(commands)
    return parser


def _run_faults(options: argparse.Namespace) -> int:
    from cg_sim.api.fault_kinds import KEYS, KINDS

    print("curl -X POST -d '{\"fault\": KIND, KEY: VALUE, ...}' URL/_sim/faults     one fault, or a list\n\nkinds:")
    for name, kind in KINDS.items():
        keys = ", ".join((*kind.keys, *kind.where))
        print(f"  {name} ({keys})\n{indented(kind.meaning)}")
        if kind.operations is not None:
            print(indented(f"only {', '.join(kind.operations)}"))
    print("\nkeys (all but fault can be left out):")
    for key, (_schema, meaning) in KEYS.items():
        print(f"  {key}\n{indented(meaning)}")
    return 0


def _run_provenance(options: argparse.Namespace) -> int:
    from cg_sim.spec.provenance import report

    print(report(options.list))
    return 0


def _run_spec(options: argparse.Namespace) -> int:
    from cg_sim.spec import spec_text

    print(spec_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
