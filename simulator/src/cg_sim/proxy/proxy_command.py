# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `cg-sim proxy`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cg_sim.address_options import add_address_options, check_address_options, listen_at
from cg_sim.errors import InvalidInput, UsageError
from cg_sim.loopback import is_loopback
from cg_sim.trust import verifying_context

if TYPE_CHECKING:
    from cg_sim.proxy.recording import Tally


def add_proxy(commands: Any) -> None:
    proxy = commands.add_parser(
        "proxy",
        help="pass requests to a real Central Governance, record them and compare them with the API description",
        description="Passes requests to a real Central Governance, compares them and the answers with the API "
        "description, and records both without secrets. Prints `cg-sim proxy ready at URL`; the client uses that URL "
        "with its usual credentials. Runs until SIGTERM or Ctrl-C, then prints the differences. Passes only reads, "
        "unless --allow-writes is set.",
    )
    proxy.add_argument(
        "--upstream", metavar="URL", required=True, help="URL of the real Central Governance, https://HOST:PORT"
    )
    proxy.add_argument(
        "--recording",
        metavar="FILE",
        type=Path,
        required=True,
        help="file to which each request and its answer are appended, one JSON document per line, without secrets",
    )
    proxy.add_argument(
        "--differences", metavar="FILE", type=Path, help="file for the differences as JSON, written at the end"
    )
    proxy.add_argument("--allow-writes", action="store_true", help="pass write requests too")
    proxy.add_argument(
        "--ca-path",
        metavar="PATH",
        type=Path,
        help="CA certificates to verify the upstream with, a PEM file or a directory (default: those of the system)",
    )
    proxy.add_argument(
        "--api-prefix",
        metavar="PATH",
        help="path of the API at the upstream (default: the simulator's, which is the documented one)",
    )
    add_address_options(proxy)
    proxy.set_defaults(run=_proxy)


def _proxy(options: argparse.Namespace) -> int:
    # Imported here to keep the start of other commands fast.
    import asyncio

    from cg_sim.api.asgi import PREFIX
    from cg_sim.proxy.passing import Proxy, Upstream
    from cg_sim.proxy.recording import Recording
    from cg_sim.server import Server, server_config, shown_urls

    prefix = (PREFIX if options.api_prefix is None else options.api_prefix).rstrip("/")
    if prefix and not prefix.startswith("/"):
        raise UsageError("--api-prefix: must be a path that begins with /")
    check_address_options(options)
    tls = verifying_context("--ca-path", options.ca_path)
    try:
        upstream = Upstream(options.upstream, tls)
    except InvalidInput as error:
        raise UsageError(f"--upstream: {error}") from None
    if options.differences is not None:
        _write_differences(options.differences, b"")
    try:
        recording = Recording(options.recording)
    except OSError as error:
        raise UsageError(f"cannot write the recording {options.recording}: {error.strerror or error}") from None
    try:
        listening = listen_at(options)
    except UsageError:
        recording.close()
        raise
    if options.host != "localhost" and not is_loopback(options.host):
        print(
            f"cg-sim: warning: other machines can connect to {options.host}; credentials are sent to it unencrypted",
            file=sys.stderr,
        )
    proxy = Proxy(upstream, recording, prefix, options.allow_writes)
    url, *others = shown_urls(listening)

    def ready() -> None:
        lines = [f"cg-sim proxy ready at {url}", *(f"also at {other}" for other in others)]
        lines.append(f"passes {'reads and writes' if options.allow_writes else 'reads only'} to {upstream.url}")
        print("\n".join(lines), flush=True)

    server = Server(server_config(proxy, date_header=False), listening, ready, lambda: None, lambda: False)

    async def run() -> None:
        try:
            await server.serve(sockets=[listening])
        finally:
            await proxy.close()

    asyncio.run(run())
    _print_summary(proxy.tally, options.differences)
    return 1 if recording.failed else 0


def _print_summary(tally: Tally, path: Path | None) -> None:
    import orjson

    print(tally.report(), flush=True)
    if path is not None:
        _write_differences(path, orjson.dumps(tally.documents(), option=orjson.OPT_INDENT_2) + b"\n")


def _write_differences(path: Path, content: bytes) -> None:
    """Called without content at the start, so that a file that cannot be written is reported before any request."""
    from cg_sim.proxy.recording import open_private

    try:
        descriptor = open_private(path, os.O_TRUNC if content else 0)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"cannot write the differences {path}: {error.strerror or error}") from None
