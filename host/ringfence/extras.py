"""Optional libraries: each belongs to an extra of the distribution, is imported where it is used, and is asked for by name
when it is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ringfence.errors import MissingExtraError


@contextlib.contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Around the imports of an extra's libraries: when one is missing, `MissingExtraError` says how to install the extra."""
    try:
        yield
    except ImportError as failure:
        raise MissingExtraError(
            f"{purpose} needs the extra {name!r}, which is not installed ({failure})",
            advice=f"Install it with: pip install 'ringfence[{name}]'",
        ) from failure
