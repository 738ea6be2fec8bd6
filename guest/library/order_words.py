"""Order words: a 64-bit number for each key of a sort, such that the numbers compare as the keys do.

Comparing two of them answers most questions of a sort without looking at the values. Integers and floats are told apart
by their words alone; strings with the same eight bytes after the beginning that all of them share, and keys of other or
different types, have equal words, and `sorting.py` compares the keys themselves.
"""

from guest.compiler.language import Array, Value, cast, float_bits, span, u32, u64
from guest.heap.spans import span_common, span_prefix
from guest.heap.value import float_of, is_float, is_small, small
from guest.values.charges import charge_bytes, charge_product
from guest.values.text import Str

WORD_BYTES = 8
SIGN: u64 = 1 << 63


def order_words(keys: Array[Value], reverse: bool) -> tuple[Array[u64], bool]:
    """The words of the keys, of the inverse order if `reverse`; whether keys with equal words are equal."""
    n = len(keys)
    charge_product(u64(n), WORD_BYTES)
    words = Array[u64](n)
    flip = ~u64(0) if reverse else u64(0)
    first = keys[0]
    if is_small(first):
        return words, put_small_words(keys, words, flip)
    if is_float(first):
        return words, put_float_words(keys, words, flip)
    if isinstance(first, Str):
        put_text_words(keys, words, flip)
    return words, False


def put_small_words(keys: Array[Value], words: Array[u64], flip: u64) -> bool:
    """The words of small integers; False, and no words, if there is another key."""
    for i in range(len(keys)):
        key = keys[i]
        if not is_small(key):
            forget_words(words, i)
            return False
        words[i] = u64(small(key)) ^ SIGN ^ flip
    return True


def put_float_words(keys: Array[Value], words: Array[u64], flip: u64) -> bool:
    """The words of floats; False, and no words, if there is another key."""
    for i in range(len(keys)):
        key = keys[i]
        if not is_float(key):
            forget_words(words, i)
            return False
        # Adding zero makes both zeros one; NaN has only one form, above infinity.
        bits = float_bits(float_of(key) + 0.0)
        words[i] = (~bits if bits >= SIGN else bits | SIGN) ^ flip
    return True


def put_text_words(keys: Array[Value], words: Array[u64], flip: u64) -> None:
    """The first eight bytes of texts after what they have in common; no words if there is another key."""
    first = cast(Str, keys[0])
    shared = len(first.data)
    for i in range(len(keys)):
        key = keys[i]
        if not isinstance(key, Str):
            return
        s = cast(Str, key)
        shared = min(shared, len(s.data))
        charge_bytes(shared)
        shared = span_common(span(first.data), span(s.data), shared)
    for i in range(len(keys)):
        s = cast(Str, keys[i])
        words[i] = span_prefix(span(s.data), shared, len(s.data)) ^ flip


def forget_words(words: Array[u64], count: u32) -> None:
    """Make the first words equal to the others, which have not been written."""
    for i in range(count):
        words[i] = 0
