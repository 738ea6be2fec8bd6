"""The letters of ASCII text: finding those of one case, and copying text with them in the other, sixteen bytes at a time.

The kernels are in `wat/letters.wat`; they stay inside the ranges that they are given. A case is named by its first letter.
"""

from __future__ import annotations

from guest.compiler.language import Span, kernel, u32


@kernel
def find_letter(text: Span, n: u32, first: u32) -> u32:
    """The index of the first letter of the case that begins with `first`, or `n` (`wat/letters.wat`)."""


@kernel
def flip_letters(target: Span, source: Span, n: u32, first: u32) -> None:
    """Copy `n` bytes with the letters of the case that begins with `first` in the other case (`wat/letters.wat`)."""
