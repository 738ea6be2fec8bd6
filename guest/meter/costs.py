"""The price list: what every piece of work costs in units of fuel.

One unit is one bytecode instruction, about ten to twenty nanoseconds. Bulk work is priced so that a unit never buys
more time than that by an order of magnitude. The price of what is copied or made includes its later collection, so the
collector itself charges nothing and fuel does not depend on when it ran. `docs/fuel.md` publishes these numbers.
"""

from __future__ import annotations

# The interpreter.
INSTRUCTION = 1

# Bytes: how many one unit pays for.
COPY_BYTES_PER_UNIT = 64  # copied into a new string or buffer: made, filled and some day collected
COMPARE_BYTES_PER_UNIT = 64  # compared for equality or order
SCAN_BYTES_PER_UNIT = 32  # searched, counted, split, stripped, case-mapped
CHARACTER_BYTES_PER_UNIT = 16  # of ASCII text that is looked at character by character
JSON_BYTES_PER_UNIT = 16  # decoded or encoded
URL_BYTES_PER_UNIT = 8  # of a URL, or of a part of one that is decoded
SOURCE_BYTES_PER_UNIT = 8  # of a source file, checked and scanned; what is found in them comes on top

# Elements of lists, tuples and dicts (eight bytes each) copied, compared by bits or shifted: how many one unit pays for.
ITEMS_PER_UNIT = 8

# Limbs (32 bits) of long numbers (integers past 64 bits, exact decimal conversion): how many one unit pays for.
LIMBS_PER_UNIT = 8  # read or written once: sums, shifts, comparisons, a division by one limb
LIMB_PRODUCTS_PER_UNIT = 32  # multiplied by another limb and added up, in products and quotients

# Single pieces of work.
ELEMENT = 1  # one element visited by a built-in that looks at it (sum, any, repr, ...)
COMPARISON = 1  # one comparison of two values inside a built-in, plus its bytes
FREE_PROBES = 8  # probes of one hash lookup that cost nothing extra
PROBE = 1  # every further probe
# Adding a key farther than LONG_WAY probes from where its probing begins costs twice as much every DOUBLING_PROBES.
LONG_WAY = 128
DOUBLING_PROBES = 32
NUMBER_FORMAT = 4  # one number printed or parsed
HOST_CALL = 64  # asking a function of the host, besides the bytes of its arguments and of its answer
MATH_FUNCTION = 16  # one argument of a function of the namespace math, which computes in pairs of doubles

# Compiling a source file.
TOKEN = 1  # one token scanned
SYNTAX_NODE = 2  # one node of the syntax tree made, resolved and compiled
CODE_WORD = 1  # one instruction emitted

# Regular expressions: compiling them.
REGEX_CHARACTER = 2  # one character of a pattern parsed
REGEX_INSTRUCTION = 1  # one instruction emitted or copied
REGEX_RANGES_PER_UNIT = 8  # ranges of a character class made, sorted or looked up: how many one unit pays for
# Regular expressions: matching.
REGEX_BYTES_PER_UNIT = 16  # bytes of text read by a deterministic automaton: how many one unit pays for
REGEX_WIDE_PER_UNIT = 4  # characters beyond ASCII among them, on top: how many one unit pays for
REGEX_STEPS_PER_UNIT = 8  # instructions visited by a simulated automaton: how many one unit pays for
