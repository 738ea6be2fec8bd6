"""The Unicode tables: what they say about every code point, and that they are what their script wrote."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest

from scripts import make_unicode_tables
from tests.library.caller import Caller

SAME_VERSION = f"Unicode {unicodedata.unidata_version}:" in make_unicode_tables.TARGET.read_text(
    encoding="utf-8"
)
SURROGATES = range(0xD800, 0xE000)
BLOCK = 4096


def test_the_digest_is_that_of_the_tables() -> None:
    source = make_unicode_tables.TARGET.read_text(encoding="utf-8")
    head, _, rest = source.partition('DIGEST = "')
    digest, _, tables = rest.partition('"\n')
    assert head and hashlib.sha256(tables.encode()).hexdigest() == digest


@pytest.mark.skipif(not SAME_VERSION, reason="this Python has another version of Unicode")
def test_the_tables_are_what_the_script_writes() -> None:
    assert make_unicode_tables.TARGET.read_text(encoding="utf-8") == make_unicode_tables.source()


@pytest.mark.skipif(not SAME_VERSION, reason="this Python has another version of Unicode")
def test_case_of_every_code_point() -> None:
    caller = Caller()
    for start in range(0, 0x20000, BLOCK):
        codes = [code for code in range(start, start + BLOCK) if code not in SURROGATES]
        text = "".join(map(chr, codes))
        for name, mapping in (
            ("upper", make_unicode_tables.simple_upper),
            ("lower", make_unicode_tables.simple_lower),
        ):
            assert caller.method(text, name) == "".join(chr(mapping(code)) for code in codes), name


@pytest.mark.skipif(not SAME_VERSION, reason="this Python has another version of Unicode")
@pytest.mark.parametrize("name", ["isalpha", "isdigit", "isspace"])
def test_classes_of_the_first_plane(name: str) -> None:
    caller = Caller()
    expected = {
        "isalpha": str.isalpha,
        "isdigit": lambda c: unicodedata.category(c) == "Nd",
        "isspace": lambda c: c.isspace() and not "\x1c" <= c <= "\x1f",
    }[name]
    for code in range(0x3100):
        character = chr(code)
        assert caller.method(character, name) == expected(character), hex(code)
