"""`WordList`: a growable array of 32-bit words, for code, positions, labels and jumps while a function is assembled."""

from __future__ import annotations

from guest.compiler.language import Array, Object, copy_items, noinline, u32
from guest.heap.allocate import old_array_u32
from guest.values.charges import charge_items

INITIAL_WORDS = 64


class WordList(Object):
    """`count` words at the start of `items`."""

    count: u32
    items: Array[u32]


def new_words() -> WordList:
    """An empty words."""
    items = Array[u32](INITIAL_WORDS)
    return WordList(count=0, items=items)


@noinline
def push(words: WordList, word: u32) -> None:
    """Add a word at the end."""
    count = words.count
    if count == len(words.items):
        charge_items(count)
        larger = Array[u32](2 * count)
        copy_items(larger, 0, words.items, 0, count)
        words.items = larger
    words.items[count] = word
    words.count = count + 1


def joined_old(first: WordList, second: WordList) -> Array[u32]:
    """The words of two lists, one after the other, in an array that does not move."""
    charge_items(first.count + second.count)
    result = old_array_u32(first.count + second.count)
    copy_items(result, 0, first.items, 0, first.count)
    copy_items(result, first.count, second.items, 0, second.count)
    return result
