"""What work on values costs at most, by their shapes: comparing, finding, calculating, printing.

Each figure is derived from how the operation charges (`guest/values/charges.py`, `guest/meter/costs.py`), rounded up. All are
amounts; UNKNOWN is a cost that has no bound. `builtins.py` and `methods.py` price built-ins and methods with them.
"""

from guest.compiler.language import UNDEFINED, cast, noinline, u64
from guest.machine.bounds.amounts import (
    UNKNOWN,
    larger,
    lesser,
    most,
    multiple,
    part,
    plus,
    rate_of,
    times,
)
from guest.machine.bounds.pattern_weights import finding_pattern
from guest.machine.bounds.shapes import (
    ADDRESS,
    CALLABLE,
    DICT,
    FLOAT,
    INT,
    LIMB_WEIGHT,
    LIST,
    NETWORKS,
    NUMBER,
    OTHER,
    RANGE,
    SCALAR,
    SEQUENCE,
    SET,
    STR,
    TUPLE,
    WORK,
    Shape,
    count_of,
    element_of,
    entries_of,
    longest_chain,
    may_be,
)
from guest.meter.costs import COPY_BYTES_PER_UNIT, FREE_PROBES, ITEMS_PER_UNIT, LIMB_PRODUCTS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.dict import Dict
from guest.values.set import Set
from guest.values.suggest import MAX_CANDIDATES

COPIED: u64 = COPY_BYTES_PER_UNIT
"""Bytes that are copied or compared for one unit."""
ITEMS: u64 = ITEMS_PER_UNIT
FREE: u64 = FREE_PROBES
HASHED = NUMBER | TUPLE | ADDRESS | NETWORKS | OTHER
"""What can be a key, and does not cost nothing to compare."""
SMALL: u64 = 2 * SCALAR
"""What weighs no more is no integer of more than 64 bits."""
METHODS: u64 = 96  # units for the names of the methods of a type, in a suggestion
MOST_COMPARED: u64 = MAX_CANDIDATES
COMPARED_NUMBERS: u64 = 16  # an integer with a float, which is made an integer
VISITED: u64 = 9  # for each byte of what is compared deeply: half an element, a number at the worst
MOST_ENTRIES: u64 = 128  # keys of which a chain costs no more than its length
DOUBLED: u64 = 32  # keys more make a chain cost twice as much
MOST_DOUBLINGS: u64 = 30
DIGITS: u64 = 5  # units for each byte of an integer of more than 64 bits
FORMATTED: u64 = 32
"""Bytes of a number as text, at the most."""
PRINTED: u64 = 6
"""Bytes of text for each byte of what is printed."""
BUILT: u64 = 12
"""Bytes that are composed for one unit: the buffer doubles, and is copied in the end."""


# Integers.


def limbs_of(s: Shape) -> u64:
    """Groups of 32 bits of an integer."""
    return plus(part(s.weight, LIMB_WEIGHT), 1)


def is_small_number(s: Shape) -> bool:
    """Whether it is no integer of more than 64 bits."""
    return not may_be(s, INT) or (rate_of(s.weight) == 0 and s.weight <= SMALL)


@noinline
def adding_numbers(a: Shape, b: Shape) -> u64:
    """A sum, a difference, bits of both: some passes over both, whose groups of bits LIMBS_PER_UNIT divides."""
    return plus(part(plus(a.weight, b.weight), 16), 6)


@noinline
def multiplying(a: Shape, b: Shape) -> u64:
    """A product or a quotient: a row for each group of one of them, over all of the other."""
    if is_small_number(a) and is_small_number(b):
        return 24
    first = limbs_of(a)
    second = limbs_of(b)
    return plus(times(plus(first, 1), plus(part(second, 16), 2)), plus(multiple(plus(first, second), 2), 32))


@noinline
def converting_digits(weight: u64) -> u64:
    """An integer from or to decimal digits, if it has more than 64 bits: piece by piece, and quotients or products of halves.

    This is about twice what it costs. Shorter ones cost nothing, so that for the elements of a loop there is no constant part.
    """
    limbs = plus(part(weight, LIMB_WEIGHT), 2)
    passes = multiple(weight, DIGITS) if rate_of(weight) != 0 else plus(multiple(limbs, 10), 40)
    return plus(part(times(limbs, limbs), LIMB_PRODUCTS_PER_UNIT), passes)


# Dicts and sets.


@noinline
def chain_of(s: Shape) -> u64:
    """Probes of one search in a dict or set that are paid for."""
    if s.weight != UNKNOWN:
        if isinstance(s.value, Dict):
            return beyond_free(longest_chain(cast(Dict, s.value)))
        if isinstance(s.value, Set):
            return beyond_free(longest_chain(cast(Set, s.value).elements))
    return beyond_free(entries_of(s))


def beyond_free(probes: u64) -> u64:
    """The probes that are paid for, of so many."""
    if rate_of(probes) != 0:
        return probes
    return probes - FREE if probes > FREE else u64(0)


@noinline
def hashing(key: Shape) -> u64:
    """The hash of a key: that of a text costs nothing."""
    if key.kinds & (INT | TUPLE | NETWORKS | OTHER) == 0:
        return 0
    if key.kinds & (TUPLE | OTHER | NETWORKS) != 0:
        return plus(multiple(key.weight, 3), 40)
    return 0 if is_small_number(key) else plus(part(key.weight, 4), 40)


@noinline
def finding_key(s: Shape, key: Shape) -> u64:
    """A key in a dict or set, whether it is there or not."""
    cost = plus(hashing(key), chain_of(s))
    common = key.kinds & s.keys & HASHED
    if (
        key.kinds & NUMBER != 0
        and s.keys & NUMBER != 0
        and not (is_small_number(key) and s.keys & FLOAT == 0)
    ):
        common |= NUMBER
    if common & (HASHED ^ ADDRESS) == 0 or (common == INT and is_small_number(key)):
        return cost
    # Each entry may have to be compared.
    count = entries_of(s)
    if common & (HASHED ^ NUMBER) != 0:
        return plus(cost, times(count, plus(COMPARED_NUMBERS, multiple(key.weight, VISITED))))
    digits = lesser(times(count, part(key.weight, LIMB_WEIGHT)), part(s.weight, LIMB_WEIGHT))
    return plus(cost, plus(multiple(count, COMPARED_NUMBERS), digits))


@noinline
def filling(entries: u64) -> u64:
    """Making a dict or set of so many entries, one after the other, whose keys may all collide."""
    count = most(entries)
    if count <= FREE:
        return plus(count, 8)
    # Finding none, adding it, and adding it again whenever there is made room for twice as many: half the square each.
    pairs = multiple(multiple(count, 2), count)
    chains = u64(1)
    if count > MOST_ENTRIES:
        chains = u64(1) << min((count - MOST_ENTRIES) // DOUBLED + 1, MOST_DOUBLINGS)
    return plus(pairs, plus(multiple(multiple(count, 3), chains), plus(multiple(count, 5), 16)))


# Comparisons.


@noinline
def comparing(a: Shape, b: Shape) -> u64:
    """Two values, for equality or order."""
    charge(WORK)
    common = a.kinds & b.kinds
    smaller = lesser(a.weight, b.weight)
    cost: u64 = 0
    if common & STR != 0:
        cost = part(smaller, COPIED)
    if a.kinds & NUMBER != 0 and b.kinds & NUMBER != 0 and not (is_small_number(a) and is_small_number(b)):
        cost = larger(cost, plus(COMPARED_NUMBERS, part(smaller, LIMB_WEIGHT)))
    if common & SEQUENCE != 0:
        deeply = plus(multiple(smaller, VISITED), 24)
        if a.inside is not None and b.inside is not None:
            each = plus(comparing(element_of(a), element_of(b)), 1)
            deeply = lesser(deeply, plus(times(lesser(count_of(a), count_of(b)), each), 4))
        cost = larger(cost, deeply)
    if common & DICT != 0:
        cost = plus(larger(cost, plus(multiple(smaller, VISITED), 24)), looking_up_all(a, b, smaller))
    elif common & SEQUENCE != 0 and may_hold_dicts(a) and may_hold_dicts(b):
        cost = plus(cost, looking_up_all(a, b, smaller))
    if common & SET != 0:
        first = times(count_of(a), plus(finding_key(b, keys_of(a)), 1))
        second = times(count_of(b), plus(finding_key(a, keys_of(b)), 1))
        cost = plus(cost, plus(first, second))
    if common & NETWORKS != 0:
        cost = plus(cost, smaller)
    return UNKNOWN if common & OTHER != 0 else cost


def may_hold_dicts(s: Shape) -> bool:
    """Whether a dict may be in it."""
    at = s
    for _ in range(8):
        inside = at.inside
        if inside is None:
            return at.kinds & (SEQUENCE | DICT) != 0
        if inside.kinds & (DICT | SET) != 0:
            return True
        if inside.kinds & SEQUENCE == 0:
            return False
        at = inside
    return True


def looking_up_all(a: Shape, b: Shape, smaller: u64) -> u64:
    """The keys of all dicts of a value in those of another that is equal so far."""
    entries = part(smaller, 6)
    return 0 if rate_of(entries) == 0 and entries <= FREE else times(entries, entries)


def keys_of(s: Shape) -> Shape:
    """A key of a dict, or an element of a set."""
    return Shape(
        kinds=s.keys,
        keys=STR,
        weight=s.weight,
        count=UNKNOWN,
        value=s.value,
        inside=None,
        accumulator=0,
        extra=0,
        floor=0,
        more=0,
        among=UNDEFINED,
        depth=0,
        first=None,
    )


@noinline
def comparing_with_all(s: Shape, item: Shape) -> u64:
    """An item with each element of a list or tuple."""
    count = count_of(s)
    element = element_of(s)
    each = times(count, comparing(element, item))
    common = element.kinds & item.kinds
    if common & (SET | NETWORKS | OTHER) != 0:
        return each
    if common & (SEQUENCE | DICT) == 0 and (
        element.kinds & NUMBER == 0
        or item.kinds & NUMBER == 0
        or (is_small_number(element) and is_small_number(item))
    ):
        return lesser(each, part(s.weight, COPIED))
    # All elements together are no larger than the list.
    together = plus(multiple(count, 24), multiple(s.weight, VISITED))
    if common & (SEQUENCE | DICT) != 0:
        together = plus(together, times(part(s.weight, 6), part(item.weight, 6)))
    return lesser(each, together)


@noinline
def finding(item: Shape, s: Shape) -> u64:
    """`item in s`."""
    cost: u64 = 0
    if may_be(s, STR) and may_be(item, STR):
        cost = part(plus(s.weight, lesser(item.weight, s.weight)), COPIED)
    if may_be(s, LIST | TUPLE):
        cost = larger(cost, plus(part(count_of(s), ITEMS), comparing_with_all(s, item)))
    if may_be(s, DICT | SET):
        cost = larger(cost, finding_key(s, item))
    if may_be(s, NETWORKS):
        cost = larger(cost, plus(8, item.weight if may_be(item, NETWORKS) else u64(0)))
    return larger(cost, finding_pattern(s.value, item.weight)) if may_be(s, OTHER) else cost


@noinline
def suggesting(s: Shape) -> u64:
    """Looking for the name that was meant, when a value has none of this name: among its keys or methods."""
    entries = lesser(entries_of(s), MOST_COMPARED) if may_be(s, DICT) else u64(0)
    return plus(part(multiple(entries, 5), 4), METHODS)


# Texts.


@noinline
def text_weight(s: Shape, quoted: bool) -> u64:
    """What the text of a value weighs."""
    weight: u64 = FORMATTED
    if may_be(s, INT) and not is_small_number(s):
        weight = plus(multiple(s.weight, 2), FORMATTED)
    if may_be(s, STR):
        weight = larger(weight, plus(multiple(s.weight, 4), SCALAR) if quoted else s.weight)
    if may_be(s, SEQUENCE | DICT | SET):
        weight = larger(weight, plus(multiple(s.weight, PRINTED), FORMATTED))
    if may_be(s, ADDRESS):
        weight = 2 * FORMATTED
    if may_be(s, NETWORKS | CALLABLE):
        weight = larger(weight, plus(s.weight, FORMATTED))
    if may_be(s, RANGE):
        weight = larger(weight, 4 * FORMATTED)
    return UNKNOWN if may_be(s, OTHER) else weight


@noinline
def printing(s: Shape, quoted: bool) -> u64:
    """Making the text of a value, or adding it to another."""
    cost = plus(part(text_weight(s, quoted), BUILT), 8)
    has_elements = may_be(s, SEQUENCE | DICT | SET)
    if (has_elements or may_be(s, INT)) and not (is_small_number(s) and not has_elements):
        cost = plus(cost, converting_digits(s.weight))
    if has_elements:
        # Each element; and for each container, of three bytes at least, an eighth of its depth, of at most 256.
        depths = lesser(multiple(s.weight, 11), times(s.weight, part(s.weight, 160)))
        cost = plus(cost, plus(part(multiple(s.weight, 3), 2), depths))
    return cost
