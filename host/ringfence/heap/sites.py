"""Allocation sites: the instructions of rules by which objects were allocated, as the guest's recording tells them.

`guest/machine/accounts.py` has the format. The host takes it apart here and trusts nothing in it. `heap.py` joins it with the
site numbers in the headers of objects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ringfence.errors import IsolateTrapped

NO_SITE = 0
TOO_MANY = 0xFFFF
NO_RULE = "(no rule: reading the event, writing the decision)"
OTHER_SITES = "(other sites)"
"""Of the instructions that found the table of sites full."""


@dataclass(frozen=True, slots=True)
class Allocations:
    """What the instruction of a site allocated, alive or not. `name` is its function and place."""

    number: int
    name: str
    objects: int
    size: int


def read_account(account: bytes) -> list[Allocations]:
    """The sites of a recording; raises `IsolateTrapped` if the guest's account makes no sense."""
    try:
        return [
            Allocations(
                _natural(row["site"]),
                _name(row["site"], row["function"], row["location"]),
                _natural(row["allocated_objects"]),
                _natural(row["allocated_bytes"]),
            )
            for row in json.loads(account)["sites"]
        ]
    except (ValueError, LookupError, TypeError, RecursionError) as failure:
        raise IsolateTrapped(f"the guest's account of its allocations cannot be read: {failure}") from failure


def _natural(number: object) -> int:
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"{number!r} is no count")
    return number


def _name(site: int, function: str | None, location: str | None) -> str:
    if location is None:
        return {NO_SITE: NO_RULE, TOO_MANY: OTHER_SITES}.get(site, f"(site {site})")
    return f"{function} ({location})"
