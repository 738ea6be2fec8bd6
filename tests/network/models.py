"""What hosts, paths and queries mean, as plain Python: slow, written for these tests from the documentation alone.

No code is shared with the guest, and nothing is clever: every pattern is tried, and the most specific match is the smallest key.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass

LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
LITERAL, ANY, REST = range(3)


# Hosts.


def labels_of(host: str) -> list[str] | None:
    """The labels of a host from right to left; None for what is no host."""
    if host.startswith("["):
        return None
    name, colon, port = host.partition(":")
    if colon and not (re.fullmatch(r"[0-9]{0,5}", port) and int(port or 0) <= 65535):
        return None
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        return None
    return [label.lower() for label in reversed(labels)]


def best_host(patterns: list[str], host: str) -> str | None:
    """The most specific pattern: a whole host before a star, then the star with the most labels."""
    labels = labels_of(host)
    best: tuple[int, str] | None = None
    for pattern in patterns:
        wanted = list(reversed(pattern.lower().removesuffix(".").split(".")))
        if labels is None:
            continue
        if wanted == labels:
            return pattern
        if wanted[-1] == "*" and len(labels) >= len(wanted) and labels[: len(wanted) - 1] == wanted[:-1]:
            best = max(best or (0, ""), (len(wanted), pattern))
    return best[1] if best else None


# Paths.


def segments_of(path: str) -> list[str] | None:
    """The segments of a path, decoded and resolved; None for what is no path."""
    path = re.split("[?#]", path)[0]
    if not path.startswith("/"):
        return None
    resolved: list[str] = []
    raw = [decoded(segment) for segment in path[1:].split("/")]
    for segment in raw:
        if segment == "..":
            resolved = resolved[:-1]
        elif segment not in ("", "."):
            resolved.append(segment)
    if raw[-1] in ("", ".", ".."):
        resolved.append("")
    return resolved


def decoded(text: str, plus: bool = False) -> str:
    """Percent-decoded; what begins no escape stands for itself, and a byte that is no UTF-8 becomes U+FFFD."""
    text = text.replace("+", " ") if plus else text
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    out = ""
    while data:
        for size in range(1, 5):
            try:
                out += data[:size].decode()
            except UnicodeDecodeError:
                continue
            data = data[size:]
            break
        else:
            out, data = out + "\ufffd", data[1:]
    return out


@dataclass(frozen=True)
class Match:
    """How a pattern matches: smaller keys are more specific."""

    key: tuple[int, ...]
    pattern: str
    params: dict[str, str]


def match_path(pattern: str, path: str) -> Match | None:
    """One pattern against one path."""
    segments = segments_of(path)
    if segments is None:
        return None
    key: list[int] = []
    params: dict[str, str] = {}
    steps = pattern[1:].split("/")
    for index, step in enumerate(steps):
        rest = step == "**" or step.endswith("...}")
        if index >= len(segments):
            return None
        if rest:
            key.append(REST)
            if step != "**":
                params[step[1:-4]] = "/".join(segments[index:])
            return Match(tuple(key), pattern, params)
        if step == "*" or step.startswith("{"):
            if segments[index] == "":
                return None
            key.append(ANY)
            if step != "*":
                params[step[1:-1]] = segments[index]
        elif decoded(step) == segments[index]:
            key.append(LITERAL)
        else:
            return None
    return Match(tuple(key), pattern, params) if len(steps) == len(segments) else None


def best_route(patterns: list[str], path: str) -> Match | None:
    """The most specific match: from left to right literal, any, rest."""
    matches = [match for pattern in patterns if (match := match_path(pattern, path))]
    return min(matches, key=lambda match: match.key, default=None)


def shape(pattern: str) -> tuple[str, ...]:
    """What two patterns have in common that match the same."""
    steps = pattern[1:].split("/")
    return tuple(
        "**"
        if step == "**" or step.endswith("...}")
        else "*"
        if step[:1] in ("*", "{")
        else "=" + decoded(step)
        for step in steps
    )


# Queries.


def parameters(text: str) -> dict[str, list[str]]:
    """All values of the parameters of a query, by name."""
    found: dict[str, list[str]] = {}
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.setdefault(decoded(name, plus=True), []).append(decoded(value, plus=True))
    return found


def parameters_of_python(text: str) -> dict[str, list[str]]:
    """The same by the standard library, which differs only in bytes that are no UTF-8."""
    return urllib.parse.parse_qs(text, keep_blank_values=True, max_num_fields=None)
