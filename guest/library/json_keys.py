"""Keys of JSON objects: each becomes the interned string of its content, so that a rule finds a field by its pointer.

While a bundle loads, new keys are interned; an event's key that no program names becomes an ordinary string, which equals
no interned one. A cache, indexed by a key's first sixteen bytes, keeps keys from one event to the next and saves
searching the intern table. It is emptied when that table has grown, and holds only keys whose search cost no fuel:
neither results nor fuel depend on what was decoded before. `json_decode.py` calls this.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, inline, need, noinline, span, u32, u64
from guest.heap.allocate import old_array_value
from guest.heap.input import word_prefix
from guest.heap.spans import bytes_span, span_hash, span_word
from guest.heap.state import is_interned
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.library.json_escapes import decode_long_way
from guest.library.json_strings import QUOTE, plain_end, plain_string
from guest.meter import fuel
from guest.values import text
from guest.values.text import Str, find_interned, intern

WORD_BYTES = 8
CACHED_BYTES = 16  # keys up to two words are cached
CACHE_BITS = 9
CACHE_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio
SECOND_MULTIPLIER = 0xC2B2AE3D27D4EB4F  # another odd constant with well-spread bits

key_cache: Array[Value] | None = None
# How many strings were interned when the cache was emptied.
interned_before: u32 = 0
# Whether new keys are interned.
interning: bool = False


def begin_keys(is_loading: bool) -> None:
    """Prepare for the keys of an event, or of a document of the bundle that is loading."""
    if key_cache is None or is_loading != interning or interned_before != text.interned_count:
        empty_cache(is_loading)


@noinline
def empty_cache(is_loading: bool) -> None:
    """Forget the keys of earlier inputs."""
    global key_cache, interned_before, interning
    key_cache = old_array_value(1 << CACHE_BITS)
    interned_before = text.interned_count
    interning = is_loading


@inline
def cache_slot(first: u64, second: u64) -> u32:
    """Where the cache keeps the key of these two words."""
    return u32(((first + second * SECOND_MULTIPLIER) * CACHE_MULTIPLIER) >> (64 - CACHE_BITS))


@inline
def has_words(key: Str, n: u32, first: u64, second: u64) -> bool:
    """Whether a key has these n bytes (1 to 16). A string's bytes are zero from its last to the next multiple of eight."""
    if len(key.data) != n or span_word(span(key.data), 0) != first:
        return False
    return n <= WORD_BYTES or span_word(span(key.data), WORD_BYTES) == second


def decode_key(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """The key whose opening quote is before `at`, its hash computed, and the offset after its closing quote."""
    stop = plain_end(input, at, end)
    if stop >= end or byte_at(input, stop) != QUOTE:
        return decode_unusual_key(input, at, end)
    n = stop - at
    cache = key_cache
    if n - 1 >= CACHED_BYTES or cache is None:
        return find_key(input, at, n), stop + 1
    first = word_prefix(input, at, min(n, WORD_BYTES))
    second = word_prefix(input, at + WORD_BYTES, n - WORD_BYTES) if n > WORD_BYTES else u64(0)
    slot = cache_slot(first, second)
    cached = cache[slot]
    if isinstance(cached, Str) and has_words(cast(Str, cached), n, first, second):
        return cached, stop + 1
    before = fuel.remaining
    key = find_key(input, at, n)
    # Keys that are not interned only take free places: the cache cannot be kept busy by inputs with ever new keys.
    if fuel.remaining == before and (cached == UNDEFINED or is_interned(cast(Str, key))):
        need(key_cache)[slot] = key
    return key, stop + 1


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
