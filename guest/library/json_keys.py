"""Keys of JSON objects: each becomes the interned string of its content, so that a rule finds a field by its pointer.

While a bundle loads, new keys are interned; an event's key that no program names becomes an ordinary string, which equals
no interned one. A cache, indexed by a key's first sixteen bytes, keeps keys from one event to the next and saves
searching the intern table. It forgets what is not interned when that table grows, and holds only keys whose search cost
no fuel: neither results nor fuel depend on what was decoded before. `json_decode.py` calls this.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Value,
    cast,
    inline,
    need,
    noinline,
    span,
    u32,
    u64,
)
from guest.heap.allocate import old_array_value
from guest.heap.spans import bytes_span, span_hash
from guest.heap.state import is_interned
from guest.heap.views import Bytes, byte_at, bytes_after, word_at
from guest.library.json_escapes import decode_long_way
from guest.library.json_marks import QUOTE
from guest.library.json_strings import FIRST_MASKS, SECOND_MASKS, SHORT_BYTES, plain_end, plain_string
from guest.meter import fuel
from guest.values import interning as intern_table
from guest.values.interning import find_interned, intern
from guest.values.text import Str

CACHE_BITS = 8  # as large as the keys of a tenant's events need, as small as a fresh isolate's pages want
CACHE_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio
SECOND_MULTIPLIER = 0xC2B2AE3D27D4EB4F  # another odd constant with well-spread bits

# The cached keys, and two words of each: its bytes, and zeros, which no byte of a plain key is.
cached_keys: Array[Value] | None = None
cached_words: Array[u64] | None = None
# How many strings were interned when the cache first took a key that is not; NONE_KEPT if it has none.
kept_since: u32 = 0
NONE_KEPT = 0
# Whether new keys are interned.
interning: bool = False
# Whether this isolate has decoded an event, and whether it puts keys into the cache: those of events alone, and not of
# its first one, because a pristine isolate for every event should not write to pages that it shares with the image.
has_decoded: bool = False
keeping: bool = False


def begin_keys(is_loading: bool) -> None:
    """Prepare for the keys of an event, or of a document of the bundle that is loading."""
    global interning, keeping, has_decoded
    interning = is_loading
    keeping = has_decoded and not is_loading
    has_decoded = not is_loading
    if cached_keys is None or (
        kept_since != NONE_KEPT and (is_loading or kept_since != intern_table.interned_count)
    ):
        empty_cache()


@noinline
def empty_cache() -> None:
    """Forget the keys of earlier inputs: one that is not interned may be by now."""
    global cached_keys, cached_words, kept_since
    cached_keys = old_array_value(1 << CACHE_BITS)
    cached_words = Array[u64](2 << CACHE_BITS)
    kept_since = NONE_KEPT


@inline
def cache_slot(first: u64, second: u64) -> u32:
    """Where the cache keeps the key of these two words."""
    return u32(((first + second * SECOND_MULTIPLIER) * CACHE_MULTIPLIER) >> (64 - CACHE_BITS))


@inline
def decode_key(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """The key whose opening quote is before `at`, its hash computed, and the offset after its closing quote."""
    stop = plain_end(input, at, end)
    n = stop - at
    if n - 1 >= SHORT_BYTES or stop >= end or byte_at(input, stop) != QUOTE:
        return decode_other_key(input, at, stop, end)
    first = word_at(input, at) & FIRST_MASKS[n]
    second = word_at(input, at + 8) & SECOND_MASKS[n]
    slot = cache_slot(first, second)
    words = need(cached_words)
    if words[2 * slot] == first and words[2 * slot + 1] == second:
        return need(cached_keys)[slot], stop + 1
    return decode_new_key(input, at, n, slot), stop + 1


@noinline
def decode_new_key(input: Bytes, at: u32, n: u32, slot: u32) -> Value:
    """A short key that is not in the cache; it may be afterwards."""
    before = fuel.left()
    key = find_key(input, at, n)
    if keeping and fuel.left() == before:
        keep_key(key, slot, word_at(input, at) & FIRST_MASKS[n], word_at(input, at + 8) & SECOND_MASKS[n])
    return key


def keep_key(key: Value, slot: u32, first: u64, second: u64) -> None:
    """Put a key into the cache. One that is not interned only takes a free place: inputs with ever new keys
    must not keep the cache, and the collector, busy."""
    global kept_since
    keys = need(cached_keys)
    if not is_interned(cast(Str, key)):
        if keys[slot] != UNDEFINED:
            return
        if kept_since == NONE_KEPT:
            kept_since = intern_table.interned_count
    keys[slot] = key
    words = need(cached_words)
    words[2 * slot] = first
    words[2 * slot + 1] = second


@noinline
def decode_other_key(input: Bytes, at: u32, stop: u32, end: u32) -> tuple[Value, u32]:
    """`decode_key` for a long or empty key, or one that is not plain. `stop` is where its plain characters end."""
    if stop < end and byte_at(input, stop) == QUOTE:
        return find_key(input, at, stop - at), stop + 1
    return decode_unusual_key(input, at, end)


@noinline
def find_key(input: Bytes, at: u32, n: u32) -> Value:
    """The interned string of n bytes of ASCII, or a new one."""
    content = bytes_span(bytes_after(input, at))
    hash = span_hash(content, n)
    found = find_interned(content, n, hash)
    if found is not None:
        return Value(found)
    return new_key(plain_string(input, at, n), hash)


@noinline
def decode_unusual_key(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """`decode_key` for a key with escapes or characters beyond ASCII, or a faulty one."""
    value, after = decode_long_way(input, at, end)
    if value == UNDEFINED:
        return value, after
    key = cast(Str, value)
    n = len(key.data)
    hash = span_hash(span(key.data), n)
    found = find_interned(span(key.data), n, hash)
    return Value(found) if found is not None else new_key(key, hash), after


def new_key(key: Str, hash: u32) -> Value:
    """A key whose content no interned string has."""
    key.hash = hash
    return Value(intern(key) if interning else key)
