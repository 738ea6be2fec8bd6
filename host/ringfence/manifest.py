"""`bundle.toml`: what a bundle says about itself, every key checked.

An unknown key is an error that names the nearest known one: a misspelt limit must not be a limit that does not hold.
`bundle.py` reads the file; this module knows nothing of folders.
"""

from __future__ import annotations

import difflib
import json
import keyword
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.errors import BundleError, Diagnostic
from ringfence.limits import Limits
from ringfence.toml import toml_table

MANIFEST_NAME = "bundle.toml"
DEFAULT_ENTRY = "main.star"
HIT_POLICIES = ("first", "unique", "any", "priority", "collect", "rule-order", "output-order")
LISTING_POLICIES = ("collect", "rule-order", "output-order")
"""Those under which all rules that match decide together."""
OPTIONS = ("set", "while", "recursion", "toplevelcontrol", "globalreassign")

MAXIMUM_LABEL = 200
"""Characters of a bundle's name and of its version: they are shown in tables and logs."""

_KEYS = {
    "bundle": ("name", "version", "entry", "hit_policy", "default"),
    "limits": ("fuel", "memory", "deadline"),
    "dialect": ("options",),
    "functions": None,  # names chosen by the bundle
}
_TOML_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_FUNCTION_KEYS = ("params", "result")
JSON_TYPES = ("any", "null", "bool", "int", "float", "str", "list", "dict")
MOST_PARAMETERS = 16
MOST_FUNCTIONS = 64


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """A host function that a bundle asks for: the types of its parameters and of its result, as `"str"` or `"dict | null"`."""

    parameters: tuple[str, ...]
    result: str = "any"

    def as_toml(self) -> dict[str, Any]:
        """The table that declares this."""
        return {"params": list(self.parameters), "result": self.result}


@dataclass(frozen=True)
class Manifest:
    """The contents of a checked `bundle.toml`."""

    name: str = "bundle"
    version: str = "0"
    entry: str = DEFAULT_ENTRY
    hit_policy: str = "first"
    default: Any = None
    limits: Limits = field(default_factory=Limits)
    options: tuple[str, ...] = ()
    functions: Mapping[str, FunctionDeclaration] = field(default_factory=dict)

    def as_toml(self) -> str:
        """A `bundle.toml` that says this, always in the same words. Raises `BundleError` if the default is not JSON."""
        bundle = {
            "name": self.name,
            "version": self.version,
            "entry": self.entry,
            "hit_policy": self.hit_policy,
        }
        limits = {key: getattr(self.limits, key) for key in _KEYS["limits"] or ()}
        return "\n".join(
            table
            for table in (
                toml_table("bundle", bundle | _said({"default": checked_default(self.default)})),
                toml_table("limits", _said(limits)),
                toml_table("dialect", {"options": self.options} if self.options else {}),
                toml_table("functions", {name: each.as_toml() for name, each in self.functions.items()}),
            )
            if table
        )


def invalid(message: str, path: str = MANIFEST_NAME) -> BundleError:
    """The error for one finding in a file of the bundle."""
    return BundleError("the bundle does not load", diagnostics=[Diagnostic(path, message)])


def parse_manifest(text: str) -> Manifest:
    """Read and check the text of a `bundle.toml`."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as failure:
        raise _not_toml(text, str(failure)) from failure
    for name in document.keys() - _KEYS.keys():
        if tables := [f"[{table}]" for table, keys in _KEYS.items() if name in (keys or ())]:
            raise invalid(f"{name!r} stands outside of a table; put it below the line {tables[0]}")
    _check_keys("", document, _KEYS)
    for name, value in document.items():
        if not isinstance(value, dict):
            raise invalid(f"[{name}] must be a table, not {_toml_type(value)}")
        known = _KEYS[name]
        if known is not None:
            _check_keys(f"[{name}] ", value, known)
    bundle, dialect = document.get("bundle", {}), document.get("dialect", {})
    for key in ("name", "version", "entry"):
        if not isinstance(bundle.get(key, ""), str):
            raise invalid(f"[bundle] {key} must be a string, not {_toml_type(bundle[key])}")
    if not bundle.get("name", Manifest.name).strip():
        raise invalid("[bundle] name is empty; say how the bundle is called, or leave the key out")
    for key in ("name", "version"):
        if not bundle.get(key, "").isprintable() or len(bundle.get(key, "")) > MAXIMUM_LABEL:
            raise invalid(f"[bundle] {key} must be at most {MAXIMUM_LABEL} printable characters on one line")
    return Manifest(
        name=bundle.get("name", Manifest.name),
        version=bundle.get("version", Manifest.version),
        entry=bundle.get("entry", DEFAULT_ENTRY),
        hit_policy=checked_hit_policy(bundle.get("hit_policy", Manifest.hit_policy)),
        default=bundle.get("default"),
        limits=_limits(document.get("limits", {})),
        options=checked_options(dialect.get("options", [])),
        functions=checked_functions(document.get("functions", {})),
    )


def _not_toml(text: str, message: str) -> BundleError:
    """The error for a text that is not TOML, with the place that Python's parser puts at the message's end."""
    hint = "; text needs quotes" if message.startswith("Invalid value") else ""
    place = _TOML_PLACE.search(message)
    if place is None:
        return invalid(f"not valid TOML: {message}{hint}")
    line, column = int(place[1]), int(place[2])
    lines = text.split("\n")
    source = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    finding = Diagnostic(
        MANIFEST_NAME, f"not valid TOML: {message[: place.start()]}{hint}", line, column, source
    )
    return BundleError("the bundle does not load", diagnostics=[finding])


def suggestion(name: str, known: Iterable[str]) -> str:
    """` (did you mean "x"?)` when `name` is nearly one of `known`, otherwise the list of what is known."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f' (did you mean "{near[0]}"?)' if near else f" (known: {', '.join(known)})" if known else ""


def checked_hit_policy(policy: Any) -> str:
    """`policy` if it is the name of a hit policy."""
    if policy not in HIT_POLICIES:
        raise invalid(f"unknown hit policy {policy!r}{suggestion(str(policy), HIT_POLICIES)}")
    return str(policy)


def checked_options(options: Any) -> tuple[str, ...]:
    """`options` if it is a list of dialect options."""
    if not isinstance(options, list | tuple) or not all(isinstance(option, str) for option in options):
        raise invalid("the dialect's options must be a list of strings")
    for option in options:
        if option not in OPTIONS:
            raise invalid(f"unknown dialect option {option!r}{suggestion(option, OPTIONS)}")
    return tuple(dict.fromkeys(options))


def checked_functions(functions: Any) -> Mapping[str, FunctionDeclaration]:
    """`functions` if it maps names to tables such as `{ params = 1 }` or `{ params = ["str"], result = "dict | null" }`."""
    if not isinstance(functions, Mapping):
        raise invalid("[functions] must be a table")
    if len(functions) > MOST_FUNCTIONS:
        raise invalid(f"[functions] a bundle may ask for at most {MOST_FUNCTIONS} functions")
    return {name: _function(name, declaration) for name, declaration in functions.items()}


def _function(name: Any, declaration: Any) -> FunctionDeclaration:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise invalid(f"[functions] {name!r} is not a name that a rule could use")
    if not isinstance(declaration, Mapping):
        raise invalid(f"[functions] {name} must be a table like {{ params = 1 }}")
    where = f"[functions] {name}: "
    _check_keys(where, declaration, _FUNCTION_KEYS)
    params, result = declaration.get("params"), declaration.get("result", "any")
    if isinstance(params, list | tuple):
        parameters = tuple(_checked_type(where, "params", name) for name in params)
    elif isinstance(params, bool) or not isinstance(params, int) or params < 0:
        raise invalid(f"{where}params must be a number of parameters, or a list of their types")
    else:
        parameters = ("any",) * min(params, MOST_PARAMETERS + 1)
    if len(parameters) > MOST_PARAMETERS:
        raise invalid(f"{where}a host function may have at most {MOST_PARAMETERS} parameters")
    return FunctionDeclaration(parameters, _checked_type(where, "result", result))


def _checked_type(where: str, what: str, given: Any) -> str:
    """A type, or several with `|` between them."""
    if not isinstance(given, str):
        raise invalid(f"{where}{what} takes names of types as strings, not {given!r}")
    for name in given.split("|"):
        if name.strip() not in JSON_TYPES:
            raise invalid(f"{where}unknown type {name.strip()!r}{suggestion(name.strip(), JSON_TYPES)}")
    return given


def checked_default(default: Any) -> Any:
    """`default` as JSON gives it back: with lists for tuples and strings for keys."""
    try:
        return json.loads(json.dumps(default, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as failure:
        raise not_json(failure) from failure


def not_json(failure: Exception) -> BundleError:
    """The error for a default that no JSON text stands for."""
    return invalid(
        f"[bundle] default cannot be written as JSON: {failure} (write dates and times as text in quotes; there is no inf or nan)"
    )


def _said(table: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that have a value."""
    return {key: value for key, value in table.items() if value is not None}


def _limits(table: Mapping[str, Any]) -> Limits:
    try:
        return Limits(**table)
    except ValueError as failure:
        raise invalid(f"[limits] {failure}") from failure


def _check_keys(where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            what = "table" if not where else "key"
            raise invalid(f"{where}unknown {what} {key!r}{suggestion(key, known)}")


def _toml_type(value: Any) -> str:
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a float"),
        (str, "a string"),
        (list, "an array"),
        (dict, "a table"),
    )
    return next((name for cls, name in names if isinstance(value, cls)), "a date or time")
