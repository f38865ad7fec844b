# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `cg-sim serve`."""

from __future__ import annotations

import argparse
import math
import os
import sys
import textwrap
from pathlib import Path
from typing import Any

from cg_sim.address_options import add_address_options, check_address_options, listen_at
from cg_sim.errors import UsageError
from cg_sim.estates import example_text
from cg_sim.loopback import is_loopback
from cg_sim.settings import (
    DEFAULT_PASSWORD,
    TRANSITIONS,
    VARIANT_MEANINGS,
    VARIANTS,
    SettingError,
    Settings,
    check_transitions,
    check_variants,
)


def add_serve(commands: Any) -> None:
    variants = "\n".join(
        f"  {key}={'|'.join(values)}\n{indented(VARIANT_MEANINGS[key])}" for key, values in VARIANTS.items()
    )
    transitions = "\n".join(f"  {key}={value}" for key, value in TRANSITIONS.items())
    serve = commands.add_parser(
        "serve",
        help="run a simulated Central Governance",
        description="Runs until SIGTERM or Ctrl-C. Prints `cg-sim ready at URL` as soon as it answers, and with TLS a "
        "second line `CA: PATH`: the certificate that clients have to trust. If it listens on all addresses of this "
        "machine, lines `also at URL` follow.",
        epilog=f"variants (assumptions; the first value is the default):\n{variants}\n\n"
        f"transitions (immediate, time:SECONDS, polls:N; the defaults):\n{transitions}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "--seed",
        metavar="FILE",
        type=Path,
        help="initial estate, YAML or JSON; not read if the database of --db has an estate already",
    )
    serve.add_argument(
        "--example", action="store_true", help="start with the example estate: two regions and their flows"
    )
    add_address_options(serve)
    serve.add_argument(
        "--allow-default-password",
        action="store_true",
        help="accept connections from other machines even with the default password",
    )
    serve.add_argument(
        "--db",
        metavar="FILE",
        default="memory",
        help="SQLite file that stores everything, or memory (default: %(default)s)",
    )
    serve.add_argument("--username", default="admin", help="user (default: %(default)s)")
    serve.add_argument(
        "--password-env",
        metavar="NAME",
        help="environment variable with the password (default: CG_SIM_PASSWORD; without it: admin)",
    )
    serve.add_argument(
        "--token-env",
        metavar="NAME",
        help="environment variable with the bearer token (default: CG_SIM_TOKEN; without it: no token)",
    )
    serve.add_argument(
        "--control-token-env",
        metavar="NAME",
        help="environment variable with a bearer token that opens the control plane to other machines too (default: "
        "CG_SIM_CONTROL_TOKEN; without it: the same machine only)",
    )
    serve.add_argument("--tls", action="store_true", help="HTTPS, with a generated CA whose path is printed")
    serve.add_argument(
        "--tls-dir",
        metavar="DIR",
        type=Path,
        help="like --tls; directory where CA, certificate and key are kept and reused (--tls alone: a temporary one)",
    )
    serve.add_argument("--variant", metavar="KEY=VALUE", action="append", default=[], help="an assumption, see below")
    serve.add_argument("--transition", metavar="KEY=VALUE", action="append", default=[], help="a duration, see below")
    serve.add_argument("--no-control", action="store_true", help="no control plane under /_sim")
    serve.add_argument(
        "--ready-file",
        metavar="FILE",
        type=Path,
        help="write url, control_url, pid (and ca_path) to this file as JSON once it listens",
    )
    serve.add_argument(
        "--stop-after-idle",
        metavar="SECONDS",
        type=float,
        help="end with status 0 after this time without a request, so that nothing is left running when the program "
        "that started it was killed (default: run until it is stopped)",
    )
    serve.add_argument(
        "--lenient", action="store_true", help="accept unknown keys and parameters, and a missing content type"
    )
    serve.set_defaults(run=_serve)


def _pairs(option: str, given: list[str]) -> dict[str, str]:
    pairs = {}
    for entry in given:
        key, separator, value = entry.partition("=")
        if not separator:
            raise UsageError(f"{option} {entry}: must be KEY=VALUE")
        pairs[key] = value
    return pairs


def _secret(option: str, name: str | None, default: str) -> str | None:
    """Read a secret from the environment. A variable named by the option must be set: no silent default password."""
    if name is None:
        return os.environ.get(default) or None
    if not os.environ.get(name):
        raise UsageError(
            f"{option}: the environment variable {name} is empty"
            if name in os.environ
            # Without the name: it may be the secret itself, given by mistake.
            else f"{option}: there is no environment variable of this name; give the name of a variable, not the secret"
        )
    return os.environ[name]


def _serve(options: argparse.Namespace) -> int:
    # Imported here, because the other commands do not need it.
    from cg_sim.server import check_ready_file, serve
    from cg_sim.simulator import Simulator
    from cg_sim.store import MemoryStore, Store, StoreError

    check_address_options(options)
    if options.example and options.seed is not None:
        raise UsageError("--example and --seed cannot be used together")
    if not options.username:
        raise UsageError("--username: a name is required")
    try:
        settings = Settings(
            username=options.username,
            password=_secret("--password-env", options.password_env, "CG_SIM_PASSWORD") or DEFAULT_PASSWORD,
            token=_secret("--token-env", options.token_env, "CG_SIM_TOKEN"),
            control_token=_secret("--control-token-env", options.control_token_env, "CG_SIM_CONTROL_TOKEN"),
            lenient=options.lenient,
            control=not options.no_control,
            start_variants=check_variants(_pairs("--variant", options.variant)),
            start_transitions=check_transitions(_pairs("--transition", options.transition)),
        )
    except SettingError as error:
        raise UsageError(str(error)) from None
    _check_exposure(options.host, settings.password, options.allow_default_password)
    if options.stop_after_idle is not None and not 0 < options.stop_after_idle < math.inf:
        raise UsageError(f"--stop-after-idle {options.stop_after_idle}: must be a number of seconds greater than 0")
    if options.ready_file is not None:
        try:
            check_ready_file(options.ready_file)
        except OSError as error:
            raise UsageError(f"cannot write the ready file {options.ready_file}: {error.strerror or error}") from None
    listening = listen_at(options)
    store: Store = MemoryStore()
    try:
        if options.db != "memory":
            from cg_sim.store.sqlite import SqliteStore

            store = SqliteStore(Path(options.db))
        simulator = Simulator(settings, store)
        if not simulator.world.open():
            if options.seed is not None:
                simulator.seed(_read(options.seed), str(options.seed))
            elif options.example:
                simulator.seed(example_text(), "example")
            else:
                simulator.load({})
        elif options.seed is not None or options.example:
            unread = "--example" if options.example else f"--seed {options.seed}"
            print(f"cg-sim: {options.db} already contains an estate: {unread} is not read", file=sys.stderr)
    except (StoreError, ValueError) as error:
        store.close()
        raise UsageError(str(error)) from None
    tls = None
    if options.tls or options.tls_dir:
        from cg_sim.tls import TlsError, prepare_tls

        try:
            tls = prepare_tls(options.tls_dir, options.host)
        except TlsError as error:
            store.close()
            raise UsageError(str(error)) from None
    try:
        serve(simulator, listening, tls, options.ready_file, options.stop_after_idle)
    finally:
        if tls is not None:
            tls.close()
    return 0


def _check_exposure(host: str, password: str, default_allowed: bool) -> None:
    """If other machines can connect: warn, and refuse the default password unless it is explicitly allowed."""
    if host == "localhost" or is_loopback(host):
        return
    if password != DEFAULT_PASSWORD:
        print(f"cg-sim: warning: other machines can connect to {host}", file=sys.stderr)
    elif default_allowed:
        print(f"cg-sim: warning: other machines can connect to {host} with the default password", file=sys.stderr)
    else:
        raise UsageError(
            f"--host {host}: other machines could connect with the default password; set CG_SIM_PASSWORD (or "
            "--password-env), or give --allow-default-password"
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"cannot read {path}: it is not UTF-8") from None


def indented(text: str, by: int = 6) -> str:
    return textwrap.fill(text, 100, initial_indent=" " * by, subsequent_indent=" " * by, break_on_hyphens=False)
