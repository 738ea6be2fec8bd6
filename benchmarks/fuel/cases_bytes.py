"""Cases of bytes, and of the iterables that strings and bytes have."""

from __future__ import annotations

from .case import Case, shapes

BYTES = {
    "ASCII": 'b = b"a" * N',
    "zeros": 'b = b"\\x00" * N',
    "invalid": 'b = b"\\xff" * N',
    "UTF-8": 'b = bytes("é" * N)',
}
SEARCHES = {
    "absent": 'b, c = b"a" * N, b"b"',
    "late difference": 'b, c = b"a" * N, b"a" * (N // 2) + b"b"',
    "middle difference": 'b, c = b"a" * N, b"a" * (N // 4) + b"b" + b"a" * (N // 4)',
}

CASES = [
    *shapes("bytes.elems", "b.elems()", BYTES),
    *shapes("bytes.elems", "list(b.elems())", BYTES),
    *shapes("bytes.elems", "for v in b.elems():\n    pass", BYTES),
    *(
        case
        for name in ["str", "repr", "hash", "len", "bool", "type"]
        for case in shapes(f"{name}()", f"{name}(b)", BYTES)
    ),
    *shapes("bytes()", "bytes(b)", BYTES),
    *shapes("bytes()", "bytes(s)", {"of a string": 's = "a" * N', "of a wide string": 's = "é" * N'}),
    *shapes("bytes()", "bytes(x)", {"of ints": "x = [i % 256 for i in range(N)]"}),
    *shapes("in bytes", "c in b", SEARCHES),
    *shapes("in bytes", "7 in b", BYTES),
    *shapes("bytes[i]", "b[-1]", BYTES),
    *shapes("bytes[i:j:k]", "b[1:-1]", BYTES),
    *shapes("bytes[i:j:k]", "b[::-1]", BYTES),
    *shapes("bytes[i:j:k]", "b[::100]", BYTES),
    *shapes("bytes + bytes", "b + b", BYTES),
    *shapes("bytes * int", "b * 2", BYTES),
    *shapes(
        "bytes == bytes",
        "b == c",
        {"equal": 'b, c = b"a" * N, b"a" * N', "last differs": 'b, c = b"a" * N + b"b", b"a" * N + b"c"'},
    ),
    *shapes(
        "bytes < bytes",
        "b < c",
        {"equal": 'b, c = b"a" * N, b"a" * N', "last differs": 'b, c = b"a" * N + b"b", b"a" * N + b"c"'},
    ),
    *(
        case
        for name in ["elems", "codepoints", "elem_ords", "codepoint_ords"]
        for what in ["list(s.{}())", "for v in s.{}():\n    pass", "any(s.{}())", "repr(s.{}())"]
        for case in shapes(
            f"str.{name}",
            what.format(name),
            {"ASCII": 's = "a" * N', "wide": 's = "é" * N', "widest": 's = "\\U0001F600" * N'},
        )
    ),
    Case("dict display", "bytes as a new key", "{b + b: 1}", 'b = b"a" * (N // 2 + 1)'),
]
