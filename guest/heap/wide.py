"""The 128-bit product of two words, for exact decimal conversion: a kernel, as there is no 128-bit type."""

from __future__ import annotations

from guest.compiler.language import kernel, u64


@kernel
def mul_wide(a: u64, b: u64) -> tuple[u64, u64]:
    """`a * b` as its low and its high 64 bits (`wat/wide.wat`)."""
