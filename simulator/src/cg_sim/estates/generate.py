# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generates estates of any size: the same bytes for the same options, on every machine.

Uses only ``random.Random.random()``, whose sequence Python guarantees to be stable; certificates are Ed25519, whose
signatures are deterministic.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

import orjson

Record = dict[str, Any]


@dataclass(frozen=True)
class EstateOptions:
    """What to generate: whole numbers, and shares from 0 to 1, each with its text for ``cg-sim generate --help``."""

    masters: Annotated[int, "SecureTransport masters"] = 10
    backups: Annotated[int, "backups of each master"] = 1
    profiles: Annotated[int, "communication profiles of each master"] = 10
    flows: Annotated[int, "flows"] = 50
    seed: Annotated[int, "seed of the random numbers; another seed gives another estate of the same size"] = 1
    spares: Annotated[int, "SecureTransport products of the masters' version that are not a backup of any master"] = 0
    transfer_cft: Annotated[int, "Transfer CFT products, which are the source or target of some flows"] = 1
    undeclared: Annotated[float, "of the backups that exist as products but are not yet listed by their master"] = 0.0
    unsynchronized: Annotated[float, "of the listed backups that are not synchronized, and whose profiles differ"] = 0.1
    unreachable: Annotated[float, "of the backups that are down"] = 0.0
    not_deployed: Annotated[
        float, "of the flows that are not deployed: three quarters ready, the others incomplete or deployed in error"
    ] = 0.2


def generate_estate(options: EstateOptions) -> bytes:
    """An estate document in JSON, one product or flow per line."""
    return _Generator(options).document()


def generate_topology(options: EstateOptions) -> bytes:
    """The topology in which every master has all its backups, including those that the estate does not list yet."""
    topology = [
        {"master": _master_name(number), "backups": [_backup_name(number, which) for which in range(options.backups)]}
        for number in range(options.masters)
        if options.backups
    ]
    return _lines({"topology": topology})


_CITIES = (
    "PARIS", "LYON", "LILLE", "MADRID", "SEVILLE", "LISBON", "PORTO", "MILAN", "TURIN", "ROME", "BRUSSELS",
    "ANTWERP", "UTRECHT", "LONDON", "LEEDS", "DUBLIN", "FRANKFURT", "MUNICH", "HAMBURG", "COLOGNE", "VIENNA",
    "GRAZ", "ZURICH", "GENEVA", "PRAGUE", "BRNO", "WARSAW", "KRAKOW", "BUDAPEST", "OSLO", "HELSINKI", "ATHENS",
)  # fmt: skip
_SUBJECTS = (
    "SEPA_CREDIT_TRANSFERS", "SEPA_DIRECT_DEBITS", "INSTANT_PAYMENTS", "CROSS_BORDER_PAYMENTS",
    "MT940_STATEMENTS", "CAMT053_STATEMENTS", "CARD_CLEARING", "PAYROLL", "CASH_POOLING", "LIQUIDITY_FORECAST",
    "SECURITIES_SETTLEMENT", "TRADE_REPORTS", "CUSTOMER_INVOICES", "TAX_COLLECTION", "PENSION_PAYMENTS",
    "BRANCH_CASH", "FRAUD_ALERTS", "REGULATORY_ARCHIVE", "PRICE_FEED", "ORDERS",
)  # fmt: skip
_PARTNERS = (
    "CLEARING_HOUSE", "CENTRAL_BANK", "CARD_SCHEME", "SWIFT_BUREAU", "PENSION_FUND", "TAX_AGENCY", "CUSTODIAN",
    "BROKER",
)  # fmt: skip
_APPLICATIONS = ("TREASURY", "PAYMENT_HUB", "CORE_LEDGER", "DATA_WAREHOUSE", "ARCHIVE", "FRAUD_ENGINE")
_GROUPS = ("CORPORATE_CUSTOMERS", "RETAIL_CUSTOMERS", "PUBLIC_SECTOR", "MERCHANTS")

# (name, type, protocol, first port, client authentication, TLS, FIPS)
_PROFILE_KINDS = (
    ("SFTP_PARTNERS", "SERVER", "SFTP", 22, "PUBLIC_KEY", False, False),
    ("HTTPS_PORTAL", "SERVER", "HTTP", 443, "PASSWORD", True, False),
    ("FTPS_PARTNERS", "SERVER", "FTP", 990, "PASSWORD", True, False),
    ("AS2_CORPORATES", "SERVER", "AS2", 10443, "CERTIFICATE", True, True),
    ("PESIT_CORE", "SERVER", "PESIT", 1762, "CERTIFICATE", True, False),
    ("TO_CLEARING", "CLIENT", "SFTP", 22, "PUBLIC_KEY", False, False),
    ("SFTP_INTERNAL", "SERVER", "SFTP", 2222, "PASSWORD", False, False),
    ("TO_GATEWAY", "CLIENT", "HTTP", 443, "CERTIFICATE", True, True),
)
_CERTIFICATES = 24


def _master_name(number: int) -> str:
    return f"ST_{_CITIES[number % len(_CITIES)]}_{number + 1:04d}"


def _backup_name(number: int, which: int) -> str:
    return f"{_master_name(number)}_DR{which + 1}"


def _certificate_name(number: int) -> str:
    return f"certificate_{number + 1:02d}"


def _port(number: int) -> int:
    return (number - 1) % 65535 + 1


class _Generator:
    def __init__(self, options: EstateOptions) -> None:
        self._options = options
        self._random = random.Random(options.seed)

    def document(self) -> bytes:
        certificates = _certificates(self._options.seed)
        products = [*self._pairs(), *self._spare_products(), *self._transfer_cfts()]
        return _lines({"certificates": certificates, "products": products, "flows": list(self._flows())})

    # ------------------------------------------------------------------------------------------------------ chances

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def _one_of(self, choices: Sequence[Any]) -> Any:
        return choices[self._below(len(choices))]

    # ----------------------------------------------------------------------------------------------------- products

    def _pairs(self) -> Iterator[Record]:
        for number in range(self._options.masters):
            name = _master_name(number)
            region = ("west", "central", "south", "north")[number % 4]
            profiles = self._profiles(number, region)
            backups, followers = [], []
            for which in range(self._options.backups):
                backup = self._securetransport(_backup_name(number, which), region)
                if self._chance(self._options.unreachable):
                    backup["status"] = "Unreachable"
                if self._chance(self._options.undeclared):
                    backup["profiles"] = self._as_installed(number)
                else:
                    synchronized = not self._chance(self._options.unsynchronized)
                    if not synchronized:
                        backup["profiles"] = self._drifted(profiles)
                    backups.append({"name": backup["name"], "synchronized": synchronized})
                followers.append(backup)
            yield {**self._securetransport(name, region), "backups": backups, "profiles": profiles}
            yield from followers

    def _spare_products(self) -> Iterator[Record]:
        for number in range(self._options.spares):
            spare = self._securetransport(f"ST_SPARE_{number + 1:04d}", "central")
            yield {**spare, "profiles": self._as_installed(number)}

    def _transfer_cfts(self) -> Iterator[Record]:
        for number in range(self._options.transfer_cft):
            yield {
                "name": f"CFT_{number + 1:04d}",
                "type": "TransferCFT",
                "host": f"cft{number + 1:04d}.core.example",
                "os": "zos",
                "version": "3.10",
                "profiles": [{"name": "PESIT_CORE", "protocol": "PESIT", "clientAuthentication": "NONE"}],
            }

    @staticmethod
    def _securetransport(name: str, region: str) -> Record:
        host = f"{name.lower().replace('_', '-')}.{region}.example"
        return {"name": name, "host": host, "version": "5.4", "tags": [region]}

    def _profiles(self, number: int, region: str) -> list[Record]:
        profiles = []
        zone = f"DMZ_{region.upper()}"
        for index in range(self._options.profiles):
            round_, kind = divmod(index, len(_PROFILE_KINDS))
            name, type_, protocol, port, authentication, tls, fips = _PROFILE_KINDS[kind]
            is_server = type_ == "SERVER"
            profile: Record = {
                "name": f"{name}_{round_ + 1}" if round_ else name,
                "type": type_,
                "protocol": protocol,
                # A server can use a port once; several client profiles may use the same port on different hosts.
                "port": _port(port + 20 * round_) if is_server else port,
                "clientAuthentication": authentication,
            }
            if not is_server:
                profile["hosts"] = [f"{self._one_of(_PARTNERS).lower().replace('_', '-')}.partner.example"]
            if tls:
                profile["ssl"] = {"certificate": _certificate_name(self._below(_CERTIFICATES))}
            if fips:
                profile["fips"] = True
            if self._chance(0.6):
                profile["networkZone"] = zone
                if is_server:
                    profile["edges"] = [f"edge-{number + 1}-{edge + 1}" for edge in range(1 + self._below(2))]
            profiles.append(profile)
        return profiles

    def _as_installed(self, number: int) -> list[Record]:
        certificate = _certificate_name(number % _CERTIFICATES)
        return [
            {"name": "SFTP_PARTNERS", "protocol": "SFTP", "port": 10022, "clientAuthentication": "PUBLIC_KEY"},
            {"name": "HTTPS_ADMIN", "protocol": "HTTP", "port": 8444, "ssl": {"certificate": certificate}},
        ]

    def _drifted(self, profiles: list[Record]) -> list[Record]:
        """Profiles of a backup that is no longer synchronized: some are missing, some differ, one is extra."""
        drifted = []
        for profile in profiles:
            chance = self._random.random()
            if chance < 0.1:
                continue
            if chance < 0.25 and "ssl" in profile:
                profile = {**profile, "ssl": {"certificate": _certificate_name(self._below(_CERTIFICATES))}}
            elif chance < 0.25:
                profile = {**profile, "port": _port(profile["port"] + 7)}
            drifted.append({**profile, "viewOnly": True})
        return [*drifted, {"name": "SFTP_INSTALLER", "protocol": "SFTP", "port": 8022}]

    # -------------------------------------------------------------------------------------------------------- flows

    def _flows(self) -> Iterator[Record]:
        if not self._options.masters:
            return
        for number in range(self._options.flows):
            # A few masters have many flows, most have few.
            first = int(self._options.masters * self._random.random() ** 2)
            master = _master_name(first)
            flow: Record = {"name": f"{self._one_of(_SUBJECTS)}_{number + 1:05d}", "idf": f"F{number + 1:06d}"}
            other_end = self._other_end()
            if self._chance(0.15) and self._options.masters > 1:
                second = (first + 1 + self._below(self._options.masters - 1)) % self._options.masters
                flow["sources"] = [{"product": master}]
                flow["targets"] = [{"product": _master_name(second)}]
            elif self._chance(0.5):
                flow["sources"] = [other_end]
                flow["targets"] = [{"product": master}]
            else:
                flow["sources"] = [other_end]
                flow["relays"] = [{"product": master}]
                flow["targets"] = [self._partner()]
            yield self._with_status(flow, master)

    def _other_end(self) -> Record:
        chance = self._random.random()
        if chance < 0.2 and self._options.transfer_cft:
            return {"product": f"CFT_{self._below(self._options.transfer_cft) + 1:04d}"}
        if chance < 0.5:
            return {"application": self._one_of(_APPLICATIONS)}
        if chance < 0.7:
            return {"group": self._one_of(_GROUPS)}
        return self._partner()

    def _partner(self) -> Record:
        return {"partner": f"{self._one_of(_PARTNERS)}_{self._below(40) + 1:02d}"}

    def _with_status(self, flow: Record, master: str) -> Record:
        if not self._chance(self._options.not_deployed):
            return {**flow, "status": "Deployed"}
        chance = self._random.random()
        if chance < 0.75:
            return {**flow, "status": "Saved, not deployed"}
        if chance < 0.875:
            row = {"product": master, "status": "Deployed in error", "message": "The disk is full"}
            return {**flow, "status": "Deployed in error", "deployments": [row]}
        flow.pop("targets")
        return {**flow, "status": "Saved"}


def _certificates(seed: int) -> Record:
    """Real self-signed certificates. Their keys follow from the seed, so they must not be used for anything else."""
    # Imported here: it takes longer to load than everything else that most commands do.
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    certificates: Record = {}
    for number in range(_CERTIFICATES):
        alias = _certificate_name(number)
        digest = hashlib.sha256(f"{seed}/{alias}".encode()).digest()
        key = Ed25519PrivateKey.from_private_bytes(digest)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mft{number + 1:02d}.example")])
        start = datetime(2025, 1, 1, tzinfo=timezone.utc) + timedelta(days=digest[0] * 2)
        end = start + timedelta(days=730)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(int.from_bytes(digest[:8], "big") | 1)
            .not_valid_before(start)
            .not_valid_after(end)
            .sign(key, None)
        )
        certificates[alias] = {
            "validTo": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "content": certificate.public_bytes(Encoding.PEM).decode(),
        }
    return certificates


def _lines(document: dict[str, Any]) -> bytes:
    """JSON with one entry per line, so that two documents can be compared with diff."""
    sections = []
    for key, entries in document.items():
        if isinstance(entries, list):
            opening, rows, closing = b"[", [orjson.dumps(entry) for entry in entries], b"]"
        else:
            rows = [orjson.dumps(name) + b": " + orjson.dumps(entry) for name, entry in entries.items()]
            opening, closing = b"{", b"}"
        content = b"\n" + b",\n".join(rows) + b"\n" if rows else b""
        sections.append(orjson.dumps(key) + b": " + opening + content + closing)
    return b"{\n" + b",\n".join(sections) + b"\n}\n"
