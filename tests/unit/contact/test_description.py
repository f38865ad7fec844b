# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the collection's operations in other descriptions of the API."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.described import described
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.contact.shapes import compare
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations

REFERENCE = {"type": "object", "properties": {"businessId": {"type": "string"}, "name": {"type": "string"}}}


def body(schema: t.Any, media: str = "application/json") -> dict[str, t.Any]:
    return {"requestBody": {"content": {media: {"schema": schema}}}}


def openapi(paths: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    return {"openapi": "3.0.1", "info": {"title": "x", "version": "2.1"}, "paths": paths, **more}


def overrides(document: dict[str, t.Any]) -> dict[str, t.Any]:
    """What differs from the defaults; each is accepted as the option operations."""
    found = {
        name: operation.override for name, operation in described(document).operations.items() if operation.override
    }
    effective_operations(found)
    return found


@pytest.mark.parametrize(
    ("path", "method", "operation", "name", "override"),
    [
        (
            "/products/{masterId}/backupproducts/{backupProductId}",
            "delete",
            {},
            "remove_backup",
            {},
        ),
        (
            "/products/{productId}/backups/{id}",
            "delete",
            {},
            "remove_backup",
            {"path": "/products/{id}/backups/{backupId}"},
        ),
        (
            "/products/{productId}/backupproducts",
            "delete",
            body({"type": "array", "items": REFERENCE}),
            "remove_backup",
            {"path": "/products/{id}/backupproducts", "body": [{"businessId": "{backupId}"}]},
        ),
        (
            "/products/{productId}/backupproducts/detach",
            "put",
            body({"type": "object", "properties": {"backupProducts": {"type": "array", "items": REFERENCE}}}),
            "remove_backup",
            {
                "method": "PUT",
                "path": "/products/{id}/backupproducts/detach",
                "body": {"backupProducts": [{"businessId": "{backupId}"}]},
            },
        ),
        (
            "/products/{id}/actions",
            "post",
            {
                "summary": "Synchronize the product with its backups",
                **body({"type": "array", "items": {"type": "string"}}),
            },
            "synchronize_backup",
            {"path": "/products/{id}/actions", "body": ["{backupId}"]},
        ),
        ("/flows/{flowId}/deploy", "post", body({"properties": {"force": {"type": "boolean"}}}), "deploy_flow", {}),
        ("/flows/{flowId}/deploy", "post", {}, "deploy_flow", {"body": None}),
        (
            "/flows/{flowId}/deploy",
            "post",
            body({"properties": {"forceDeploy": {"type": "boolean"}}}),
            "deploy_flow",
            {"body": {"forceDeploy": "{force}"}},
        ),
        (
            "/flows/deploy",
            "put",
            body({"type": "array", "items": REFERENCE}),
            "deploy_flow",
            {"method": "PUT", "path": "/flows/deploy", "body": [{"businessId": "{id}"}]},
        ),
        ("/flows/{id}/deployments", "get", {}, "flow_deployments", {"path": "/flows/{id}/deployments"}),
        (
            "/deployments",
            "get",
            {"parameters": [{"name": "flowId", "in": "query"}]},
            "flow_deployments",
            {"path": "/deployments?flowId={id}"},
        ),
        (
            "/session/login",
            "post",
            body({"properties": {"user": {}, "password": {}}}, "application/x-www-form-urlencoded"),
            "login",
            {
                "path": "/session/login",
                "encoding": "form",
                "body": {"user": "{username}", "password": "{password}"},
            },
        ),
    ],
)
def test_requests_with_other_paths_methods_or_bodies(path, method, operation, name, override):
    document = openapi({path: {method: operation}})
    found = described(document).operations[name]
    assert (found.override, found.is_default) == (override, not override)
    effective_operations({name: override} if override else {})


def test_references_within_the_document_are_followed_and_cycles_end():
    loop = {"$ref": "#/components/schemas/Loop"}
    components = {
        "schemas": {
            "References": {"type": "array", "items": {"$ref": "#/components/schemas/Reference"}},
            "Reference": {"allOf": [REFERENCE, {"properties": {"self": loop}}]},
            "Loop": {"properties": {"again": loop}},
        },
        "requestBodies": {"Some": body({"$ref": "#/components/schemas/References"})["requestBody"]},
    }
    removing = {"post": {"requestBody": {"$ref": "#/components/requestBodies/Some"}}}
    document = openapi({"/products/{id}/backupproducts/remove": removing}, components=components)
    assert overrides(document)["remove_backup"]["body"] == [{"businessId": "{backupId}"}]
    broken = openapi({"/products/{id}/backupproducts/remove": {"post": body({"$ref": "#/nowhere"})}})
    assert "body" not in overrides(broken)["remove_backup"]


def test_several_requests_that_fit_are_reported():
    document = openapi(
        {
            "/products/{id}/backupproducts/synchronize": {"post": {}},
            "/products/{id}/synchronization/backup": {"post": {}},
        }
    )
    found = described(document).operations["synchronize_backup"]
    assert found.shown == "POST /products/{id}/backupproducts/synchronize"
    assert "The description also has POST /products/{id}/synchronization/backup" in found.remark


def test_unknown_parts_of_paths_and_bodies_are_reported():
    required = {"required": ["reason", "businessId"], "properties": {"reason": {}, "businessId": {}}}
    document = openapi({"/tenants/{tenant}/{x}/backupproducts/remove/{y}": {"post": body(required)}})
    found = described(document).operations["remove_backup"]
    assert "Find out what y in its path stands for." in found.remark
    assert "Its body also needs reason: fill that in by hand." in found.remark
    assert overrides(document)["remove_backup"]["path"].startswith("/tenants/{id}/{backupId}/")


def test_swagger_2():
    document = {
        "swagger": "2.0",
        "basePath": "/CG/api/v2/",
        "securityDefinitions": {"b": {"type": "basic"}, "k": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "definitions": {"Refs": {"type": "array", "items": REFERENCE}},
        "paths": {
            "/products/{id}": {
                "get": {"responses": {200: {"schema": {"properties": {"name": {"type": "string"}}}}}},
            },
            "/products/{id}/synchronizebackups": {
                "post": {"parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Refs"}}]},
            },
            "/login": {
                "post": {
                    "parameters": [
                        {"in": "formData", "name": "j_username", "type": "string"},
                        {"in": "formData", "name": "j_password", "type": "string"},
                    ]
                }
            },
        },
    }
    found = described(document)
    assert (found.prefix, found.security) == ("/CG/api/v2", "basic, header X-Key")
    assert found.operations["synchronize_backup"].override == {
        "path": "/products/{id}/synchronizebackups",
        "body": [{"businessId": "{backupId}"}],
    }
    assert found.operations["login"].override == {
        "path": "/login",
        "encoding": "form",
        "body": {"j_username": "{username}", "j_password": "{password}"},
    }
    verdicts = {row.field.place: row.verdict for row in compare("products", found.shapes["products"], described=True)}
    assert (verdicts["name"], verdicts["version"], verdicts["host"]) == ("confirmed", "contradicted", "not seen")


@pytest.mark.parametrize(
    "invalid",
    [
        {"paths": {"/products": None}},
        {"paths": {"/products": {"get": "x", "parameters": 7}}},
        {"paths": {"/products": {"get": {"parameters": [None, 3], "responses": [], "requestBody": 1}}}},
        {"servers": "x"},
        {"servers": [None]},
        {"components": {"securitySchemes": {"a": None}}},
    ],
)
def test_invalid_parts_are_ignored(invalid):
    document = copy.deepcopy(openapi({"/flows": {"get": {}}}))
    document["paths"].update(invalid.pop("paths", {}))
    described({**document, **invalid})
