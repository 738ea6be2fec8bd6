"""The server described in OpenAPI 3.1: every path, body, status and header, exactly enough to generate clients and tests."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ringfence.errors import EVENT_ERRORS
from ringfence.server.problems import JSON_TYPE, STANDARD

Schema = dict[str, Any]

_DESCRIPTIONS = {
    400: "The request is not JSON, or no event.",
    401: "No valid token.",
    403: "Not allowed on this server.",
    404: "There is no such bundle.",
    408: "The request was not complete in time.",
    409: "The bundle's files do not load; the old rules stay.",
    413: "The request is too large.",
    415: "The request has no content type that is understood.",
    429: "The client asks too often.",
    503: "Too many requests of this bundle wait.",
}

_REFERENCES = "#/components/schemas/"


def describe(names: Sequence[str], *, asks_for_tokens: bool) -> Schema:
    """The document for a server of bundles with these names; the first one is the default."""
    security: list[Any] = [{"token": []}] if asks_for_tokens else []
    refused = (401, 429) if asks_for_tokens else (429,)
    name_parameter = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The bundle's name, from its bundle.toml.",
        "schema": {"type": "string", "enum": list(names)},
    }
    decide_statuses = (400, *refused, 408, 413, 415, 503)
    document: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "ringfence",
            "version": _version(),
            "description": "Decisions on events by bundles of rules that run in a sandbox.",
        },
        "paths": {
            "/v1/decide": {
                "post": _decide(
                    "decide", f"Decide by the default bundle, {names[0]!r}", decide_statuses, security
                )
            },
            "/v1/bundles/{name}/decide": {
                "parameters": [name_parameter],
                "post": _decide(
                    "decideByBundle", "Decide by the bundle of this name", (*decide_statuses, 404), security
                ),
            },
            "/v1/bundles": {
                "get": _operation(
                    "listBundles",
                    "What is served",
                    {"200": _json("The bundles.", "Bundles"), **_problems(refused)},
                    security,
                )
            },
            "/v1/bundles/{name}/reload": {
                "parameters": [name_parameter],
                "post": _operation(
                    "reloadBundle",
                    "Load a bundle's files again, without losing a request",
                    {
                        "200": _json("What its files hold decides from now on.", "Reloaded"),
                        **_problems((401, 404, 409, 429) if asks_for_tokens else (403,)),
                    },
                    security,
                ),
            },
            "/healthz": {
                "get": _operation(
                    "health", "Whether the process lives", {"200": _json("It does.", "Health")}, []
                )
            },
            "/readyz": {
                "get": _operation(
                    "readiness",
                    "Whether the server takes requests",
                    {"200": _json("It does.", "Readiness"), "503": _json("It is about to end.", "Readiness")},
                    [],
                )
            },
            "/metrics": {
                "get": _operation(
                    "metrics",
                    "Metrics in Prometheus's text format",
                    {
                        "200": {
                            "description": "The metrics.",
                            "headers": _request_id_header(),
                            "content": {"text/plain": {"schema": {"type": "string"}}},
                        },
                        **_problems(refused),
                    },
                    security,
                )
            },
            "/openapi.json": {
                "get": _operation(
                    "description",
                    "This description",
                    {"200": _json("The description.", None)},
                    [],
                )
            },
        },
        "components": {"schemas": _schemas()},
    }
    if asks_for_tokens:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document


def _version() -> str:
    try:
        return version("ringfence")
    except PackageNotFoundError:
        return "0"


def _operation(name: str, summary: str, responses: Schema, security: list[Any]) -> Schema:
    return {"operationId": name, "summary": summary, "responses": responses, "security": security}


def _decide(name: str, summary: str, statuses: Sequence[int], security: list[Any]) -> Schema:
    decided = _json("The decision on each event; of an array, in its order.", None)
    decided["headers"]["Ringfence-Bundle-Digest"] = {
        "description": "The digest of the bundle that decided.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
    outcome = {"$ref": _REFERENCES + "Outcome"}
    decided["content"] = {
        JSON_TYPE: {"schema": {"anyOf": [outcome, {"type": "array", "items": outcome}]}},
        "application/x-ndjson": {"schema": {"type": "string"}},
    }
    event = {"type": "object"}
    operation = _operation(name, summary, {"200": decided, **_problems(statuses)}, security)
    operation["requestBody"] = {
        "required": True,
        "content": {
            JSON_TYPE: {"schema": {"anyOf": [event, {"type": "array", "items": {}}]}},
            "application/x-ndjson": {
                "schema": {
                    "type": "string",
                    "description": "One event a line; the answers are lines as well.",
                }
            },
        },
    }
    return operation


def _json(description: str, schema: str | None) -> Schema:
    """A response with a JSON body."""
    content: Schema = {"schema": {"$ref": _REFERENCES + schema} if schema else {"type": "object"}}
    return {"description": description, "headers": _request_id_header(), "content": {JSON_TYPE: content}}


def _request_id_header() -> Schema:
    return {
        "X-Request-Id": {
            "description": "The id of the request: what the client sent in this header, or a new one.",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        }
    }


def _problems(statuses: Sequence[int]) -> Schema:
    problems: Schema = {}
    for status in sorted(statuses):
        problem = _json(_DESCRIPTIONS[status], "Problem")
        if status in (429, 503):
            problem["headers"]["Retry-After"] = {
                "description": "Seconds to wait.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        if status == 401:
            problem["headers"]["WWW-Authenticate"] = {"required": True, "schema": {"const": "Bearer"}}
        problems[str(status)] = problem
    return problems


def _schemas() -> Schema:
    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    name = {"type": ["string", "null"]}
    call = _object({"function": text, "location": text})
    error = _object(
        {
            "kind": {"enum": sorted(EVENT_ERRORS)},
            "message": text,
            "rule": name,
            "location": text,
            "source": text,
            "traceback": {"type": "array", "items": call},
            "values": {"type": "array"},
        },
        optional=("location", "source", "values"),
    )
    decided = _object(
        {
            "decision": {},
            "rule": {"anyOf": [name, {"type": "array", "items": text}]},
            "fuel": count,
        }
    )
    bundle = _object(
        {
            "name": text,
            "version": text,
            "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "loaded_at": {"type": "string", "format": "date-time"},
            "rules": count,
            "reloads": count,
            "failed_reloads": count,
            "error": {"type": "string", "description": "Why its files as they are now do not load."},
        },
        optional=("error",),
    )
    kinds = sorted({kind for kind, _ in STANDARD.values()})
    bundle_reference = {"$ref": _REFERENCES + "Bundle"}
    return {
        "Outcome": {"oneOf": [decided, _object({"error": error, "fuel": count})]},
        "Problem": _object({"error": _object({"kind": {"enum": kinds}, "message": text, "advice": text})}),
        "Bundle": bundle,
        "Bundles": _object({"default": text, "bundles": {"type": "array", "items": bundle_reference}}),
        "Reloaded": _object({"changed": {"type": "boolean"}, "bundle": bundle_reference}),
        "Health": _object({"status": {"const": "ok"}}),
        "Readiness": _object(
            {
                "status": {"enum": ["ready", "stopping"]},
                "stale": {"type": "array", "items": text},
                "decision_log_failures": count,
            }
        ),
    }


def _object(properties: Schema, optional: Sequence[str] = ()) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in optional],
        "additionalProperties": False,
    }
