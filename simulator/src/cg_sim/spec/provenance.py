# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the API description is documented, and how much is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cg_sim.spec import load_spec, resolve

_METHODS = ("get", "put", "post", "delete")
#: Keywords that restrict a type.
CONSTRAINTS = (
    "enum", "required", "anyOf", "additionalProperties", "minLength", "minimum", "maximum", "minItems", "minProperties",
)  # fmt: skip
KINDS = ("operation", "parameter", "status code", "field", "constraint")


class Claim(NamedTuple):
    """One statement of the description: its kind, subject and provenance."""

    kind: str
    subject: str
    provenance: str | None
    source: str | None


def claims() -> Iterator[Claim]:
    """Every operation, parameter, status code, field and constraint, each once."""
    spec = load_spec()
    seen = set()
    for item in spec["paths"].values():
        for operation in (item[method] for method in _METHODS if method in item):
            name = operation["operationId"]
            yield _claim("operation", name, operation)
            for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
                resolved = resolve(parameter)
                subject = f"{name} {resolved['in']} {resolved['name']}"
                yield _claim("parameter", subject, resolved, operation)
                yield from _constraints(subject, resolved["schema"])
            for status, response in operation["responses"].items():
                resolved = resolve(response)
                yield _claim("status code", f"{name} {status}", resolved, operation)
                for header, described in resolved.get("headers", {}).items():
                    if (status, header) not in seen:
                        seen.add((status, header))
                        yield _claim("field", f"header {header} of {status}", described, resolved)
    for name, scheme in spec["components"]["securitySchemes"].items():
        yield _claim("field", f"authentication {name}", scheme)
    for name, schema in spec["components"]["schemas"].items():
        yield from _fields(name, schema)


def _constraints(where: str, schema: Mapping[str, Any]) -> Iterator[Claim]:
    sources = schema.get("x-constraints", {})
    for keyword in CONSTRAINTS:
        if keyword in schema and not (keyword == "anyOf" and any("$ref" in choice for choice in schema["anyOf"])):
            source = sources.get(keyword)
            yield Claim("constraint", f"{where} {keyword}", "documented" if source else "assumed", source)


def _fields(where: str, schema: Any) -> Iterator[Claim]:
    yield from _constraints(where, schema)
    for name, field in (schema.get("properties") or {}).items():
        yield _claim("field", f"{where}.{name}", field, schema)
        yield from _fields(f"{where}.{name}", field)
        if isinstance(field.get("items"), dict):
            yield from _fields(f"{where}.{name}[]", field["items"])


def _claim(kind: str, subject: str, node: Mapping[str, Any], whole: Mapping[str, Any] | None = None) -> Claim:
    """`whole` is the enclosing node: a part of something assumed cannot be documented."""
    provenance, source = node.get("x-provenance"), node.get("x-source")
    if provenance == "documented" and whole is not None and whole.get("x-provenance") == "assumed":
        provenance, source = "assumed", None
    return Claim(kind, subject, provenance, source)


def report(listed: bool = False) -> str:
    """A readable table of shares; with `listed`, preceded by one line per claim."""
    everything = list(claims())
    lines = []
    if listed:
        for claim in everything:
            source = f"  [{claim.source}]" if claim.source else ""
            lines.append(f"{claim.provenance or 'MISSING':10}  {claim.kind:11}  {claim.subject}{source}")
        lines.append("")
    lines.append(f"{'':14}{'documented':>12}{'assumed':>12}{'share documented':>20}")
    for kind in KINDS:
        lines.append(_row(kind, [claim for claim in everything if claim.kind == kind]))
    lines.append(_row("all", everything))
    return "\n".join(lines)


def _row(title: str, some: list[Claim]) -> str:
    documented = sum(claim.provenance == "documented" for claim in some)
    return f"{title:14}{documented:>12}{len(some) - documented:>12}{100 * documented / len(some):>18.0f} %"
