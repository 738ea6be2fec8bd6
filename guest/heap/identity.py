"""Identity: the number by which an object is found as a key wherever the collector moves it.

The classes whose objects may be keys by identity declare a field `identity`, which fills a word that padding would waste.
An object gets its number when it first becomes a key, from one counter: so a hash made of it is a function of what the
program did, as fuel must be, and never of an address.

    identity    31 .. 3 number, 0 while it is no key    2 WAITED_FOR (`ephemerons.py`)    1, 0 OWN_FLAGS, the class's own

Permanent objects outlive the evaluation that made them keys. They are kept in a list, and give their numbers back when the
evaluation is over, so that the next one counts as in a fresh isolate. In a session all numbers stay.
"""

from __future__ import annotations

from guest.compiler.language import Object, inline, noinline, u32
from guest.compiler.raw import address, load_u16, load_u32, store_u32
from guest.heap.header import PERMANENT, ROW_IDENTITY_OFFSET, class_at, row_of, state_at

OWN_FLAGS = 3
WAITED_FOR = 4
FLAGS = OWN_FLAGS | WAITED_FOR
NUMBER_SHIFT = 3
LARGEST_NUMBER = (1 << 29) - 1


class Numbered(Object):
    """An entry of the list of permanent objects that have a number since the last freeze."""

    object: Object
    next: Numbered | None


# The last number that was given, and the last one before the freeze.
last_number: u32 = 0
loaded_number: u32 = 0
numbered: Numbered | None = None
# Not zero in a session.
stays: u32 = 0


@inline
def identity_offset(at: u32) -> u32:
    """Where the identity is in the object at an address; 0 if its class has none."""
    return load_u16(row_of(class_at(at)), ROW_IDENTITY_OFFSET)


@inline
def has_identity(o: Object) -> bool:
    """Whether an object may be a key by identity."""
    return identity_offset(address(o)) != 0


@inline
def number_of(o: Object) -> u32:
    """The number of an object that has identity; 0 if it has never been a key."""
    return load_u32(address(o) + identity_offset(address(o))) >> NUMBER_SHIFT


@noinline
def give_number(o: Object) -> u32:
    """The number of an object that has identity; the next one if it has none.

    After five hundred million numbers they begin again: two objects may then have the same hash.
    """
    global last_number, numbered
    known = number_of(o)
    if known != 0:
        return known
    if state_at(address(o)) & PERMANENT != 0:
        numbered = Numbered(object=o, next=numbered)
    last_number = last_number % LARGEST_NUMBER + 1
    set_number(o, last_number)
    return last_number


def set_number(o: Object, number: u32) -> None:
    """Replace the number of an object that has identity."""
    word = address(o) + identity_offset(address(o))
    store_u32(word, load_u32(word) & FLAGS | number << NUMBER_SHIFT)


def keep_numbers() -> None:
    """At a freeze, or in a session: the objects that have numbers stay, and their numbers with them."""
    global loaded_number, numbered
    loaded_number = last_number
    numbered = None


@inline
def forget_numbers() -> None:
    """An evaluation is over, and all that it has made: count again as it did."""
    if last_number != loaded_number:
        take_numbers_back()


@noinline
def take_numbers_back() -> None:
    """`forget_numbers` when any was given."""
    global last_number, numbered
    if stays != 0:
        keep_numbers()
        return
    entry = numbered
    while entry is not None:
        set_number(entry.object, 0)
        entry = entry.next
    numbered = None
    last_number = loaded_number
