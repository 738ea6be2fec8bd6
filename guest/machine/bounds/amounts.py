"""Amounts: sizes and costs that are not numbers yet, because they grow with the element that a loop has in hand.

A loop over the words of a text costs, each time, something for the turn and something for the bytes of the word; but all words
together are no longer than the text. So an amount is a linear form, `constant + rate * size of the element`, and a loop sums it
up as `turns * constant + rate * size of all elements`, instead of assuming every element as large as all of them.
Amounts are upper bounds: what cannot be expressed is rounded up. Sums and products end at UNKNOWN, which stays what it is.

    rate, in 64ths: 24 bits | constant: 40 bits
"""

from guest.compiler.language import u64

UNKNOWN: u64 = 0xFFFF_FFFF_FFFF_FFFF
CONSTANT_BITS = 40
LARGE: u64 = 1 << CONSTANT_BITS
"""A cost or size from which on nothing is known: no limit is as large."""
CONSTANT_MASK = LARGE - 1
RATE_PARTS: u64 = 64
"""Parts of one: rates are in 64ths."""
RATE_LIMIT: u64 = 1 << 23
ELEMENT: u64 = RATE_PARTS << CONSTANT_BITS
"""The size of the element itself."""

# The most that the element of the innermost loop weighs; 0 outside of loops.
element_weight: u64 = 0


def constant_of(a: u64) -> u64:
    """The part that does not grow."""
    return a & CONSTANT_MASK


def rate_of(a: u64) -> u64:
    """How much it grows with the element, in 64ths."""
    return a >> CONSTANT_BITS


def form(constant: u64, rate: u64) -> u64:
    """The amount of these parts."""
    if constant >= LARGE or rate >= RATE_LIMIT:
        return UNKNOWN
    return rate << CONSTANT_BITS | constant


def plus(a: u64, b: u64) -> u64:
    """A sum."""
    if a == UNKNOWN or b == UNKNOWN:
        return UNKNOWN
    return form(constant_of(a) + constant_of(b), rate_of(a) + rate_of(b))


def multiple(a: u64, count: u64) -> u64:
    """So many times an amount."""
    if a == 0 or count == 0:
        return 0
    if a == UNKNOWN or count >= LARGE or constant_of(a) > LARGE // count or rate_of(a) > RATE_LIMIT // count:
        return UNKNOWN
    return form(constant_of(a) * count, rate_of(a) * count)


def part(a: u64, divisor: u64) -> u64:
    """An amount divided, and rounded up."""
    if a == UNKNOWN:
        return UNKNOWN
    return form((constant_of(a) + divisor - 1) // divisor, (rate_of(a) + divisor - 1) // divisor)


def larger(a: u64, b: u64) -> u64:
    """An amount that is as large as both."""
    if a == UNKNOWN or b == UNKNOWN:
        return UNKNOWN
    if rate_of(a) == 0 and most(b) <= a:
        return a
    if rate_of(b) == 0 and most(a) <= b:
        return b
    return form(max(constant_of(a), constant_of(b)), max(rate_of(a), rate_of(b)))


def most(a: u64) -> u64:
    """The number that an amount cannot exceed."""
    if rate_of(a) == 0:
        return a
    return with_element(a, element_weight)


def with_element(a: u64, weight: u64) -> u64:
    """The number that an amount is for an element of a weight."""
    if a == UNKNOWN:
        return UNKNOWN
    rate = rate_of(a)
    if weight >= LARGE or (rate != 0 and weight > LARGE // rate):
        return UNKNOWN if rate != 0 else a
    return form(constant_of(a) + (rate * weight + RATE_PARTS - 1) // RATE_PARTS, 0)


def lesser(a: u64, b: u64) -> u64:
    """The one of two bounds that is the closer one."""
    return a if most(a) <= most(b) else b


def times(a: u64, b: u64) -> u64:
    """A product."""
    if rate_of(b) == 0:
        return multiple(a, b)
    if rate_of(a) == 0:
        return multiple(b, a)
    return multiple(a, most(b))


def summed(each: u64, turns: u64, all: u64) -> u64:
    """An amount of each turn over all turns of a loop, whose elements weigh so much together.

    `each` is in terms of the loop's element; `turns` and `all`, and the result, in those of the loop around it.
    """
    if each == UNKNOWN:
        return UNKNOWN
    rate = rate_of(each)
    return plus(
        times(constant_of(each), turns), part(multiple(all, rate), RATE_PARTS) if rate != 0 else u64(0)
    )
