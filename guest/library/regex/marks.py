"""The characters that mean something in patterns, by name.

The readers of regular expressions, of their replacement texts and of globs share them; which of them mean something where
is for each to say.
"""

from __future__ import annotations

EXCLAMATION = 0x21
DOLLAR = 0x24
CLOSE = 0x29  # of a group
STAR = 0x2A
COMMA = 0x2C
DASH = 0x2D
SLASH = 0x2F
COLON = 0x3A
LESS = 0x3C
EQUALS = 0x3D
QUESTION = 0x3F
OPEN_BRACKET, CLOSE_BRACKET = 0x5B, 0x5D
BACKSLASH = 0x5C
CARET = 0x5E
UNDERSCORE = 0x5F
OPEN_BRACE, CLOSE_BRACE = 0x7B, 0x7D
