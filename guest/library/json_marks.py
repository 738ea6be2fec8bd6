"""The characters that JSON is made of, by name, and how deep it may nest: what reads JSON and what writes it share them."""

from __future__ import annotations

TAB = 0x09
NEWLINE = 0x0A
RETURN = 0x0D
SPACE = 0x20
QUOTE = 0x22
APOSTROPHE = 0x27
PLUS = 0x2B
COMMA = 0x2C
MINUS = 0x2D
POINT = 0x2E
ZERO = 0x30
COLON = 0x3A
OPEN_LIST = 0x5B
BACKSLASH = 0x5C
CLOSE_LIST = 0x5D
OPEN_OBJECT = 0x7B
CLOSE_OBJECT = 0x7D

MOST_DEPTH = 200  # containers inside one another
