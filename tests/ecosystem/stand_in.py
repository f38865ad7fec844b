# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small stand-in for AWX's API, that the real modules of awx.awx talk to.

It keeps objects in memory and checks what AWX 24 checks of those that the role makes: required fields, references that
exist, unique names, choices, the shape of surveys, templates of injectors, the inputs of a credential type, the
playbooks of the project. Secrets are returned as ``$encrypted$``. Where the behaviour of AWX is not known, it is
stricter: a field or filter that it does not have is refused. It runs no jobs.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENCRYPTED = "$encrypted$"
USERNAME, PASSWORD, TOKEN = "admin", "awx password", "awx token"
INPUT_KEYS = {"id", "label", "type", "secret", "multiline", "help_text", "default", "choices", "format"}
NOTIFICATION_SECRETS = ("password", "token")

# Fields with their defaults; `!` marks one that must be given, `>endpoint` a reference to another object.
FIELDS: dict[str, dict[str, Any]] = {
    "organizations": {"name": "!", "description": ""},
    "credential_types": {"name": "!", "description": "", "kind": "!", "inputs": {}, "injectors": {}, "managed": False},
    "credentials": {
        "name": "!",
        "description": "",
        "organization": ">organizations",
        "credential_type": "!>credential_types",
        "inputs": {},
    },
    "execution_environments": {
        "name": "!",
        "description": "",
        "organization": ">organizations",
        "image": "!",
        "pull": "",
        "credential": ">credentials",
    },
    "projects": {
        "name": "!",
        "description": "",
        "organization": ">organizations",
        "scm_type": "",
        "scm_url": "",
        "scm_branch": "",
        "credential": ">credentials",
        "scm_update_on_launch": False,
        "default_environment": ">execution_environments",
    },
    "inventories": {
        "name": "!",
        "description": "",
        "organization": "!>organizations",
        "kind": "",
        "host_filter": None,
    },
    "inventory_sources": {
        "name": "!",
        "description": "",
        "inventory": "!>inventories",
        "source": "!",
        "source_project": ">projects",
        "source_path": "",
        "credential": ">credentials",
        "execution_environment": ">execution_environments",
        "overwrite": False,
        "overwrite_vars": False,
    },
    "notification_templates": {
        "name": "!",
        "description": "",
        "organization": "!>organizations",
        "notification_type": "!",
        "notification_configuration": {},
    },
    "job_templates": {
        "name": "!",
        "description": "",
        "organization": ">organizations",
        "job_type": "run",
        "inventory": ">inventories",
        "project": "!>projects",
        "playbook": "!",
        "extra_vars": "",
        "execution_environment": ">execution_environments",
        "ask_job_type_on_launch": False,
        "diff_mode": False,
        "survey_enabled": False,
    },
    "workflow_job_templates": {
        "name": "!",
        "description": "",
        "organization": ">organizations",
        "allow_simultaneous": False,
    },
    "workflow_job_template_nodes": {
        "identifier": "!",
        "workflow_job_template": "!>workflow_job_templates",
        "unified_job_template": ">unified_job_templates",
        "job_type": None,
        "type": "workflow_job_template_node",
    },
    "workflow_approval_templates": {"name": "!", "description": "", "timeout": 0},
    "schedules": {
        "name": "!",
        "description": "",
        "unified_job_template": "!>unified_job_templates",
        "rrule": "!",
        "extra_data": {},
        "enabled": True,
    },
}
ASSOCIATIONS = {
    "job_templates": {"credentials": "credentials", "notification_templates_error": "notification_templates"},
    "workflow_job_templates": {
        "notification_templates_error": "notification_templates",
        "notification_templates_approvals": "notification_templates",
    },
    "workflow_job_template_nodes": dict.fromkeys(
        ("success_nodes", "always_nodes", "failure_nodes"), "workflow_job_template_nodes"
    ),
}
UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")


class Refused(Exception):
    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(status, answer)
        self.status, self.answer = status, answer


def invalid(field: str, problem: str) -> Refused:
    return Refused(400, {field: [problem]})


class AWX:
    """The objects, and what may be done with them."""

    def __init__(self, playbooks: list[str]) -> None:
        self.playbooks = playbooks
        self.objects: dict[str, dict[int, dict[str, Any]]] = {endpoint: {} for endpoint in FIELDS}
        self.associated: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.tokens = 0
        self.refuse: dict[str, Refused] = {}  # by "METHOD endpoint"
        self._last_id = 0
        self._lock = threading.Lock()

    # What tests look at

    def named(self, endpoint: str, name: str) -> dict[str, Any]:
        everything = self.objects[endpoint].values()
        (found,) = [item for item in everything if name in (item.get("name"), item.get("identifier"))]
        return found

    def follows(self, identifier: str) -> dict[str, list[str]]:
        node = self.named("workflow_job_template_nodes", identifier)
        return {
            kind: [self.objects["workflow_job_template_nodes"][object_id]["identifier"] for object_id in ids]
            for (endpoint, node_id, kind), ids in self.associated.items()
            if endpoint == "workflow_job_template_nodes" and node_id == node["id"] and ids
        }

    def environment_of(self, credential: dict[str, Any]) -> dict[str, str]:
        """What a job gets from the credential, as AWX renders it."""
        injectors = self.objects["credential_types"][credential["credential_type"]]["injectors"]
        return render_injectors(injectors, credential["inputs"], jinja2.Undefined)

    # What the API does

    def handle(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        with self._lock:
            parts = path.removeprefix("/api/v2/").strip("/").split("/")
            if parts[0] == "tokens":
                self.tokens += {"POST": 1, "DELETE": -1}.get(method, 0)
                return (201, {"id": 1, "token": TOKEN}) if method == "POST" else (204, None)
            if f"{method} {parts[0]}" in self.refuse:
                raise self.refuse[f"{method} {parts[0]}"]
            if method != "GET":
                self.writes.append(f"{method} {'/'.join(part for part in parts if not part.isdigit())}")
            if len(parts) == 1:
                return self._list(parts[0], query) if method == "GET" else (201, self._create(parts[0], body))
            endpoint, object_id = parts[0], int(parts[1])
            if object_id not in self.objects.get(endpoint, {}):
                raise Refused(404, {"detail": "Not found."})
            if len(parts) == 3:
                return self._related(method, endpoint, object_id, parts[2], body)
            if method == "PATCH":
                self._update(endpoint, object_id, body)
            return 200, self._shown(endpoint, self.objects[endpoint][object_id])

    def _list(self, endpoint: str, query: dict[str, str]) -> tuple[int, Any]:
        endpoints = UNIFIED if endpoint == "unified_job_templates" else (endpoint,)
        if not set(endpoints) <= set(FIELDS):
            raise Refused(404, {"detail": "Not found."})
        found = [self._shown(kind, item) for kind in endpoints for item in self.objects[kind].values()]
        for key in query:
            if not key.startswith("or__") and any(key not in item for item in found):
                raise Refused(400, {"detail": f"No field named {key}"})
        either = {key[4:]: value for key, value in query.items() if key.startswith("or__")}
        exactly = {key: value for key, value in query.items() if not key.startswith("or__")}
        kept = [
            item
            for item in found
            if all(str(item[key]) == value for key, value in exactly.items())
            and (not either or any(str(item.get(key)) == value for key, value in either.items()))
        ]
        return 200, {"count": len(kept), "next": None, "previous": None, "results": kept}

    def _create(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        if endpoint not in FIELDS:
            raise Refused(404, {"detail": "Not found."})
        item = {}
        for field, default in FIELDS[endpoint].items():
            needed = isinstance(default, str) and default.startswith("!")
            if needed and body.get(field) in (None, ""):
                raise invalid(field, "This field is required.")
            is_reference = isinstance(default, str) and default.lstrip("!").startswith(">")
            item[field] = body.get(field, None if needed or is_reference else default)
        self._check(endpoint, body, item)
        self._last_id += 1
        self.objects[endpoint][self._last_id] = {"id": self._last_id, **item}
        return self._shown(endpoint, self.objects[endpoint][self._last_id])

    def _update(self, endpoint: str, object_id: int, body: dict[str, Any]) -> None:
        old = self.objects[endpoint][object_id]
        for name in ("inputs", "notification_configuration"):
            if isinstance(body.get(name), dict):  # a secret that is sent as it was shown stays as it is
                body[name] = {
                    key: old[name].get(key) if value == ENCRYPTED else value for key, value in body[name].items()
                }
        new = {**old, **body}
        self._check(endpoint, body, new, object_id)
        self.objects[endpoint][object_id] = new

    def _check(self, endpoint: str, body: dict[str, Any], item: dict[str, Any], object_id: int | None = None) -> None:
        for field in body:
            if field not in FIELDS[endpoint]:
                raise invalid(field, "The stand-in has no such field.")
        for field, default in FIELDS[endpoint].items():
            if isinstance(default, str) and default.lstrip("!").startswith(">") and item[field] is not None:
                kind = default.lstrip("!>")
                kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
                if not any(item[field] in self.objects[one] for one in kinds):
                    raise invalid(field, f'Invalid pk "{item[field]}" - object does not exist.')
            if isinstance(default, bool) and not isinstance(item[field], bool):
                raise invalid(field, "Must be a valid boolean.")
        scope = ("name", "organization", "credential_type", "inventory", "workflow_job_template", "identifier")
        key = [item.get(field) for field in scope]
        if endpoint != "workflow_approval_templates" and any(
            [other.get(field) for field in scope] == key and other["id"] != object_id
            for other in self.objects[endpoint].values()
        ):
            raise Refused(400, {"__all__": [f"{endpoint} with this name already exists."]})
        checker = getattr(self, f"_check_{endpoint}", None)
        if checker:
            checker(item)

    def _check_credential_types(self, item: dict[str, Any]) -> None:
        if item["kind"] not in ("cloud", "net"):
            raise invalid("kind", "Must be 'cloud' or 'net'.")
        if not set(item["inputs"]) <= {"fields", "required", "dependencies", "metadata"}:
            raise invalid("inputs", "Additional properties are not allowed.")
        for field in item["inputs"]["fields"]:
            if not set(field) <= INPUT_KEYS:
                raise invalid("inputs", f"Additional properties are not allowed ({field}).")
            if field["type"] not in ("string", "boolean") or (field["type"] == "boolean" and field.get("secret")):
                raise invalid("inputs", f"{field['type']} is not allowed.")
            if "default" in field and field["type"] == "string" and not isinstance(field["default"], str):
                raise invalid("inputs", f"{field['default']} is not a string")
        example = {field["id"]: "EXAMPLE" for field in item["inputs"]["fields"]}
        try:
            render_injectors(item["injectors"], example, jinja2.StrictUndefined)
        except jinja2.TemplateError as error:
            raise invalid("injectors", str(error)) from None

    def _check_credentials(self, item: dict[str, Any]) -> None:
        known = self.objects["credential_types"][item["credential_type"]]["inputs"]
        fields = {field["id"]: field for field in known["fields"]}
        for name, value in item["inputs"].items():
            if name not in fields:
                raise invalid("inputs", f"'{name}' was unexpected")
            if not isinstance(value, bool if fields[name]["type"] == "boolean" else str):
                raise invalid("inputs", f"{name}: {value!r} is not of type {fields[name]['type']}")

    def _check_job_templates(self, item: dict[str, Any]) -> None:
        if item["playbook"] not in self.playbooks:
            raise invalid("playbook", "Playbook not found for project.")
        if item["inventory"] is None:
            raise invalid("inventory", "You must either set a default value or ask to prompt on launch.")

    def _check_inventory_sources(self, item: dict[str, Any]) -> None:
        if item["source"] == "scm" and item["source_project"] is None:
            raise invalid("source_project", "Project required for scm type sources.")

    def _check_schedules(self, item: dict[str, Any]) -> None:
        if not item["rrule"].startswith("DTSTART") or "RRULE:" not in item["rrule"] or "INTERVAL" not in item["rrule"]:
            raise invalid("rrule", "Valid DTSTART required in rrule; INTERVAL required in rrule.")

    def _related(self, method: str, endpoint: str, object_id: int, what: str, body: dict[str, Any]) -> tuple[int, Any]:
        if what == "survey_spec" and endpoint == "job_templates":
            if method == "POST":
                check_survey(body)
                self.surveys[object_id] = body
            elif method == "DELETE":
                self.surveys.pop(object_id, None)
            return 200, self.surveys.get(object_id, {}) if method == "GET" else {}
        if what == "create_approval_template" and endpoint == "workflow_job_template_nodes" and method == "POST":
            made = self._create("workflow_approval_templates", body)
            self.objects[endpoint][object_id]["unified_job_template"] = made["id"]
            return 201, made
        if what not in ASSOCIATIONS.get(endpoint, {}):
            raise Refused(404, {"detail": "Not found."})
        kind = ASSOCIATIONS[endpoint][what]
        ids = self.associated.setdefault((endpoint, object_id, what), [])
        if method == "GET":
            results = [self._shown(kind, self.objects[kind][one]) for one in ids]
            return 200, {"count": len(ids), "next": None, "previous": None, "results": results}
        if body["id"] not in self.objects[kind]:
            raise Refused(404, {"detail": "Not found."})
        if body.get("disassociate"):
            ids.remove(body["id"])
        else:
            ids.append(body["id"])
        return 204, None

    def _shown(self, endpoint: str, item: dict[str, Any]) -> dict[str, Any]:
        shown = json.loads(json.dumps(item))
        if endpoint == "credentials":
            fields = self.objects["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {key: ENCRYPTED if key in secret else value for key, value in shown["inputs"].items()}
        if endpoint == "notification_templates":
            settings = shown["notification_configuration"]
            shown["notification_configuration"] = {
                key: ENCRYPTED if key in NOTIFICATION_SECRETS and value else value for key, value in settings.items()
            }
        related = {}
        if endpoint == "job_templates":
            related["survey_spec"] = f"/api/v2/job_templates/{item['id']}/survey_spec/"
        approval = item.get("unified_job_template")
        if endpoint == "workflow_job_template_nodes" and approval in self.objects["workflow_approval_templates"]:
            related["unified_job_template"] = f"/api/v2/workflow_approval_templates/{approval}/"
        if endpoint == "projects":
            shown["scm_revision"] = "1"
        if endpoint in UNIFIED and endpoint != "workflow_job_template_nodes":
            shown.setdefault("organization", None)
        return {
            "type": endpoint.removesuffix("s"),
            **shown,
            "url": f"/api/v2/{endpoint}/{item['id']}/",
            "related": related,
            "summary_fields": {},
        }


def render_injectors(injectors: dict[str, Any], inputs: dict[str, Any], undefined: type) -> dict[str, str]:
    if not set(injectors) <= {"file", "env", "extra_vars"}:
        raise invalid("injectors", "Additional properties are not allowed.")
    templates = ImmutableSandboxedEnvironment(undefined=undefined)
    files = {
        name.partition(".")[2]: templates.from_string(template).render(**inputs)
        for name, template in injectors.get("file", {}).items()
    }
    tower = {"filename": {name: f"/runner/env/tmp_{name}" for name in files}}
    return {
        name: templates.from_string(template).render(**inputs, tower=tower)
        for name, template in injectors.get("env", {}).items()
    }


def check_survey(survey: dict[str, Any]) -> None:
    """As AWX does (JobTemplateSurveySpec)."""

    def refuse(problem: str) -> Refused:
        return Refused(400, {"error": problem})

    if not isinstance(survey.get("name"), str) or not isinstance(survey.get("description"), str):
        raise refuse("'name' or 'description' missing from survey spec.")
    if not survey.get("spec"):
        raise refuse("'spec' must not be empty.")
    variables = set()
    for question in survey["spec"]:
        for key in ("type", "question_name", "variable", "required"):
            if key not in question:
                raise refuse(f"'{key}' missing from survey question.")
        if question["variable"] in variables:
            raise refuse(f"'variable' '{question['variable']}' duplicated.")
        variables.add(question["variable"])
        if not isinstance(question["required"], bool):
            raise refuse("'required' must be a boolean.")
        kind, default = question["type"], question.get("default")
        if kind not in ("text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float"):
            raise refuse(f"'{kind}' is not one of the allowed question types.")
        if not isinstance(question.get("min", 0), int) or not isinstance(question.get("max", 0), int):
            raise refuse("'min' and 'max' must be numbers.")
        if kind == "integer" and not isinstance(default, int):
            raise refuse("The default of an integer question must be an integer.")
        if kind == "multiplechoice" and default not in question.get("choices", ()):
            raise refuse("Default choice must be answered from the choices listed.")
        if kind in ("text", "textarea") and not isinstance(default, str):
            raise refuse("The default must be a text.")


@contextmanager
def running_awx(playbooks: list[str]) -> Iterator[tuple[AWX, str]]:
    """An AWX and its address. It has the organization Default."""
    awx = AWX(playbooks)
    awx.handle("POST", "/api/v2/organizations/", {}, {"name": "Default"})
    awx.writes.clear()
    basic = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            try:
                if self.headers.get("Authorization") not in (basic, f"Bearer {TOKEN}"):
                    raise Refused(401, {"detail": "Authentication credentials were not provided."})
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                status, answer = awx.handle(self.command, parts.path, query, json.loads(body) if body else {})
            except Refused as refused:
                status, answer = refused.status, refused.answer
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield awx, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
