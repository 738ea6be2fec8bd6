"""Operators and punctuation: the longest one at an offset of the source.

The lexer asks when a token is neither a name nor a literal.
"""

from __future__ import annotations

from guest.compiler.language import u32
from guest.syntax.source import byte
from guest.syntax.tokens import Token

EQUAL_SIGN = 61
GREATER_SIGN = 62


def operator_at(offset: u32) -> tuple[u32, u32]:
    """The operator at an offset and its number of bytes; ILLEGAL if there is none."""
    first = byte(offset)
    match first:
        case 40:  # (
            return Token.LEFT_PARENTHESIS, 1
        case 41:  # )
            return Token.RIGHT_PARENTHESIS, 1
        case 91:  # [
            return Token.LEFT_BRACKET, 1
        case 93:  # ]
            return Token.RIGHT_BRACKET, 1
        case 123:  # {
            return Token.LEFT_BRACE, 1
        case 125:  # }
            return Token.RIGHT_BRACE, 1
        case 44:  # ,
            return Token.COMMA, 1
        case 46:  # .
            return Token.DOT, 1
        case 59:  # ;
            return Token.SEMICOLON, 1
        case 64:  # @
            return Token.AT, 1
        case 126:  # ~
            return Token.TILDE, 1
        case 58:  # :
            return with_equal(offset, 1, Token.COLON, Token.COLON_EQUAL)
        case 61:  # =
            return with_equal(offset, 1, Token.EQUAL, Token.EQUAL_EQUAL)
        case 33:  # !
            return with_equal(offset, 1, Token.BANG, Token.NOT_EQUAL)
        case 43:  # +
            return with_equal(offset, 1, Token.PLUS, Token.PLUS_EQUAL)
        case 45:  # -
            if byte(offset + 1) == GREATER_SIGN:
                return Token.ARROW, 2
            return with_equal(offset, 1, Token.MINUS, Token.MINUS_EQUAL)
        case 42:  # *
            if byte(offset + 1) == first:
                return Token.STAR_STAR, 2
            return with_equal(offset, 1, Token.STAR, Token.STAR_EQUAL)
        case 47:  # /
            if byte(offset + 1) == first:
                return with_equal(offset, 2, Token.SLASH_SLASH, Token.SLASH_SLASH_EQUAL)
            return with_equal(offset, 1, Token.SLASH, Token.SLASH_EQUAL)
        case 37:  # %
            return with_equal(offset, 1, Token.PERCENT, Token.PERCENT_EQUAL)
        case 38:  # &
            return with_equal(offset, 1, Token.AMPERSAND, Token.AMPERSAND_EQUAL)
        case 124:  # |
            return with_equal(offset, 1, Token.BAR, Token.BAR_EQUAL)
        case 94:  # ^
            return with_equal(offset, 1, Token.CARET, Token.CARET_EQUAL)
        case 60:  # <
            if byte(offset + 1) == first:
                return with_equal(offset, 2, Token.SHIFT_LEFT, Token.SHIFT_LEFT_EQUAL)
            return with_equal(offset, 1, Token.LESS, Token.LESS_EQUAL)
        case 62:  # >
            if byte(offset + 1) == first:
                return with_equal(offset, 2, Token.SHIFT_RIGHT, Token.SHIFT_RIGHT_EQUAL)
            return with_equal(offset, 1, Token.GREATER, Token.GREATER_EQUAL)
        case _:
            return Token.ILLEGAL, 0


def with_equal(offset: u32, size: u32, token: u32, token_with_equal: u32) -> tuple[u32, u32]:
    """An operator of so many bytes, or the one that an equal sign right behind it makes of it."""
    if byte(offset + size) == EQUAL_SIGN:
        return token_with_equal, size + 1
    return token, size
