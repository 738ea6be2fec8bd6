"""The words of the rule language: keywords, operators, literals, and the names of all built-ins and methods."""

from __future__ import annotations

KEYWORDS = """and break continue def elif else for if in lambda load not or pass return while class import del is None True False"""
OPERATORS = """+ - * / // % & | ^ << >> ~ ** . , = ; : ( ) [ ] { } < > <= >= == != += -= *= /= //= %= |= &= ^= <<= >>= -> := @ ! \\ # $"""
LITERALS = r"""0 1 -1 0x1f 0o17 0b101 1.5 1e9 1e-5 .5 1. 1e400 140737488355328 9223372036854775807 18446744073709551616 'a' "b" '''c'''
    \"\"\"d\"\"\" r'\d' f'{x}' f'{x!r}' b'z' rb'\x' '\n' '\x7f' '\377' '\u00e9' '\U0001f600' 'é' '\' "日本" [] () {} (1,) [1,2] {1:2}"""
BUILTINS = """abs all any bool bytes chr dict dir enumerate fail float getattr hasattr hash int len list max min ord print range repr
    reversed set sorted str tuple type zip struct json math time ip cidr cidr_table host host_table path route_table header query query_all regex glob url weakref weakmap args rule data"""
METHODS = """clear get items keys pop popitem setdefault update values append extend index insert remove capitalize codepoints
    codepoint_ords count elems elem_ords endswith find format isalnum isalpha isdigit islower isspace istitle isupper join lower lstrip
    partition removeprefix removesuffix replace rfind rindex rpartition rsplit rstrip split splitlines startswith strip title upper add
    difference difference_update discard intersection intersection_update isdisjoint issubset issuperset symmetric_difference
    symmetric_difference_update union encode decode indent match search groups findall"""
PHRASES = (
    "\n", "\n  ", "\n    ", "\n\t", ": ", " ", "(x)", "[0]", "[::-1]", "[1:2]", "lambda x: ", " for x in ", " if x", " else ", "*args", "**kw", "x=",
    "def f(x, *args, y=1, **kw):\n  ", "for i in range(9):\n  ", "while x:\n  ", "[x for x in ", "{x: ", '"%s %r" % ', '"{} {x}".format(', "print(",
    "*", "**", " = ", "key=", "reverse=True", "load('a.star', 'b')", "# comment", "return ", "f(", ") * ", "x", "y", "f", "i", "kw", "args",
)  # fmt: skip
SOURCE_WORDS = tuple(
    word.encode() for text in (KEYWORDS, OPERATORS, LITERALS, BUILTINS) for word in text.split()
) + tuple(f".{name}(".encode() for name in METHODS.split()) + tuple(phrase.encode() for phrase in PHRASES)  # fmt: skip
