"""`Set`: distinct hashable values in the order of their insertion, and the operations of two sets.

A set is a dict whose values do not matter: lookup, order, locks and the refusal of changes are the dict's, and so the
operations here are on dicts as sets of their keys. Operators, comparisons and the library's methods rely on them.
"""

from guest.compiler.language import (
    UNDEFINED,
    Object,
    Text,
    Value,
    i32,
    text_byte,
    text_length,
    u32,
)
from guest.heap.value import NONE
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.dict import (
    Dict,
    dict_add,
    dict_clear,
    dict_copy,
    dict_delete,
    dict_find,
    dict_new,
    dict_update,
    entry_key,
)

GREATER = 0x3E


class Set(Object):
    """The elements are the keys of a dict whose values are all None."""

    identity: u32
    elements: Dict


def set_of(elements: Dict) -> Value:
    """The set that owns these elements."""
    return Value(Set(identity=0, elements=elements))


def union(a: Dict, b: Dict) -> Dict:
    """The keys of `a`, then those that only `b` has."""
    result = dict_copy(a)
    dict_update(result, b)
    return result


def intersection(a: Dict, b: Dict) -> Dict:
    """The keys of both, in the order of `a`."""
    result = dict_new(0)
    add_selected(result, a, b, True)
    return result


def difference(a: Dict, b: Dict) -> Dict:
    """The keys of `a` that `b` does not have."""
    result = dict_new(0)
    add_selected(result, a, b, False)
    return result


def symmetric_difference(a: Dict, b: Dict) -> Dict:
    """The keys that only `a` has, then those that only `b` has."""
    result = difference(a, b)
    add_selected(result, b, a, False)
    return result


def add_selected(target: Dict, source: Dict, other: Dict, wanted: bool) -> None:
    """Add the keys of `source` that are in `other`, or those that are not: `wanted` says which. `target` has none of them."""
    for i in range(source.used):
        charge(ELEMENT)
        key = entry_key(source, i)
        if key != UNDEFINED and (dict_find(other, key) >= 0) == wanted:
            dict_add(target, key, NONE)


def remove_all(target: Dict, other: Dict) -> None:
    """Remove the keys of `other`; the caller has checked that `target` is mutable."""
    if other is target:
        dict_clear(target)
        return
    for i in range(other.used):
        charge(ELEMENT)
        key = entry_key(other, i)
        if key != UNDEFINED:
            dict_delete(target, key)


def every_key(a: Dict, b: Dict, wanted: bool) -> bool:
    """Whether each key of `a` is in `b`, or whether none is: `wanted` says which."""
    for i in range(a.used):
        charge(ELEMENT)
        key = entry_key(a, i)
        if key != UNDEFINED and (dict_find(b, key) >= 0) != wanted:
            return False
    return True


def is_subset(a: Dict, b: Dict) -> bool:
    """Whether `b` has every key of `a`."""
    return a.count <= b.count and every_key(a, b, True)


def are_disjoint(a: Dict, b: Dict) -> bool:
    """Whether no key is in both."""
    return every_key(a, b, False)


def equal_sets(a: Set, b: Set) -> bool:
    """Whether two sets have the same elements, in any order."""
    return a.elements.count == b.elements.count and every_key(a.elements, b.elements, True)


def order_sets(a: Set, b: Set, operator: Text) -> i32:
    """A number that compares with zero, by the operator, as the sets compare: by inclusion, which leaves many unordered."""
    descending = text_byte(operator, 0) == GREATER
    smaller = b.elements if descending else a.elements
    larger = a.elements if descending else b.elements
    # Only `<=` and `>=` have two bytes, and hold for equal sets too.
    included = (text_length(operator) > 1 or smaller.count < larger.count) and is_subset(smaller, larger)
    return -1 if included != descending else 1
