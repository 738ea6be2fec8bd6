"""How a package is refused: what is wrong, in which file of it, and what to do. All of `packing/` raises through this."""

from __future__ import annotations

from ringfence.errors import BundleError

PACK_AGAIN = (
    "Pack the bundle again with `ringfence pack`: what another tool has written or changed is not read."
)
NOT_PACKED = "Give a file that `ringfence pack BUNDLE --output FILE` made, or the folder of a bundle."
COPY_AGAIN = "Copy or download it again: a part of it is missing or was changed on the way."


def refused(package: str, what: str, *, advice: str = PACK_AGAIN) -> BundleError:
    """The error for one finding in a package, which is named as its user knows it."""
    return BundleError(f"the package {package!r} is refused: {what}", advice=advice)
