"""`cidr_table({"10.0.0.0/8": value, ...})`: values of networks, looked up by the longest prefix that an address has.

The networks are a trie laid out in preorder (`network_list.py`) with a link from each to the smallest one around it: the
search ends at the deepest network that can have an address, and the way out from there meets the longest one first.
"""

from guest.compiler.language import UNDEFINED, Array, Object, Text, Value, cast, inline, registered, u32, u64
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.address import Ip
from guest.library.arguments import wrong_operand
from guest.library.net import address_argument, put_item
from guest.library.network_list import (
    NOWHERE,
    NUMBER_SHIFT,
    WORDS,
    add_network,
    are_same,
    covers,
    last_before,
    new_list,
    number_at,
    sort_networks,
    version_at,
)
from guest.library.networks import Cidr, single_cidr
from guest.library.pattern_tables import entries_of, found, names_of_two, value_or_default
from guest.meter.costs import ELEMENT, ITEMS_PER_UNIT, NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import builder_new, finish
from guest.values.charges import VALUE_BYTES, charge_product
from guest.values.failure import say, say_str, stop
from guest.values.text import Str
from guest.values.tuple import Tuple


class CidrTable(Object):
    """`count` networks in ascending order, each with the number of its value."""

    count: u32
    words: Array[u64]
    enclosing: Array[u32]  # by network: which is the smallest that it is inside of; NOWHERE
    values: Array[Value]
    names: Tuple  # of the fields of what `match` gives


@registered("builtin", "cidr_table(entries, /)")
def builtin_cidr_table(arguments: Registers) -> Value:
    """A table from networks (texts, addresses, sets: each network of a set) to values."""
    entries = entries_of(register(arguments, 0), "cidr_table")
    given = len(entries) // 2
    charge_product(u64(given), VALUE_BYTES)
    values = Array[Value](given)
    count: u32 = 0
    for i in range(given):
        key = entries[2 * i]
        values[i] = entries[2 * i + 1]
        count += networks_in(key)
    words = new_list(count)
    at: u32 = 0
    for i in range(given):
        charge(NUMBER_FORMAT)
        after = put_item(words, at, entries[2 * i])
        for j in range(at, after):
            words[WORDS * j] |= u64(i) << NUMBER_SHIFT
        at = after
    words = sort_networks(words, count)
    refuse_doubles(words, count)
    enclosing = enclosing_networks(words, count)
    names = names_of_two("network", "value")
    return Value(CidrTable(count=count, words=words, enclosing=enclosing, values=values, names=names))


def networks_in(key: Value) -> u32:
    """How many networks a key of a table stands for."""
    if isinstance(key, Cidr):
        return cast(Cidr, key).count
    if not isinstance(key, Str) and not isinstance(key, Ip):
        wrong_operand("cidr_table", key, "string, ip or cidr as a key")
    return 1


def refuse_doubles(words: Array[u64], count: u32) -> None:
    """Refuse a list that has a network twice."""
    charge(count // ITEMS_PER_UNIT)
    for i in range(1, count):
        if are_same(words, i - 1, i):
            b = builder_new()
            add_network(b, words, i)
            say("cidr_table: the network ")
            say_str(finish(b))
            say(" is there twice (bits past the prefix are ignored)")
            stop()


def enclosing_networks(words: Array[u64], count: u32) -> Array[u32]:
    """By network of a sorted list: which is the smallest that it is inside of; NOWHERE if it is inside none."""
    charge(count * ELEMENT)
    enclosing = Array[u32](count)
    for i in range(count):
        # What does not have this network has none of the later ones either, so each is left once.
        around = i - 1
        while around != NOWHERE and not covers(
            words, around, version_at(words, i), words[WORDS * i + 1], words[WORDS * i + 2]
        ):
            around = enclosing[around]
        enclosing[i] = around
    return enclosing


def longest_match(table: CidrTable, version: u32, high: u64, low: u64) -> u32:
    """The number of the longest network that has an address; NOWHERE if none has."""
    at = last_before(table.words, table.count, version, high, low)
    left: u32 = 0
    while at != NOWHERE and not covers(table.words, at, version, high, low):
        left += 1
        if left % ITEMS_PER_UNIT == 0:
            charge(1)
        at = table.enclosing[at]
    return at


@inline
def receiver_table(arguments: Registers) -> CidrTable:
    """The table whose method is called."""
    return cast(CidrTable, register(arguments, 0))


@registered("method", "cidr_table.get(address, /, default?)")
def cidr_table_get(arguments: Registers) -> Value:
    """The value of the longest network that has an address; else the default (None)."""
    return value_or_default(
        value_in_table(receiver_table(arguments), register(arguments, 1), "get"), arguments
    )


@registered("method", "cidr_table.match(address, /)")
def cidr_table_match(arguments: Registers) -> Value:
    """The longest network that has an address, as a set, and its value: a struct `network`, `value`; None."""
    version, high, low = address_argument(register(arguments, 1), "match")
    at = longest_match(receiver_table(arguments), version, high, low)
    if at == NOWHERE:
        return NONE
    network = single_cidr(receiver_table(arguments).words, at)
    table = receiver_table(arguments)
    return found(table.names, Value(network), table.values[number_at(table.words, at)])


def value_in_table(table: CidrTable, address: Value, function: Text) -> Value:
    """The value of the longest network that has an address; UNDEFINED if none has."""
    version, high, low = address_argument(address, function)
    at = longest_match(table, version, high, low)
    return UNDEFINED if at == NOWHERE else table.values[number_at(table.words, at)]
