"""Brands: types that tell the handles of one rule set from those of another when a program is type-checked.

`Runtime.load(..., brand=Shop)` gives a `RuleSet[Shop]`, whose scopes are `LiveHeap[Shop]` and whose handles are
`Handle[Shop]`. Any class will do; it is never instantiated. Without one, the brand is `Unbranded`, so that `RuleSet` alone
is a type. At run time every handle is checked against its scope anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING


class Unbranded:
    """The brand of rule sets that were loaded without one."""


if TYPE_CHECKING:
    # Type checkers bring this module along; it is never imported. Only its TypeVar has defaults in all versions of Python.
    from typing_extensions import TypeVar

    Brand = TypeVar("Brand", default=Unbranded)
else:
    from typing import TypeVar

    Brand = TypeVar("Brand")
