"""The kinds of tokens, and how messages name them.

The lexer makes them, the parser asks for them. Operators come in the order of their text; keywords follow them.
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import Text, noinline, u32


class Token(IntEnum):
    """What the lexer finds."""

    END_OF_FILE = 0
    NEWLINE = 1
    INDENT = 2
    OUTDENT = 3
    ILLEGAL = 9  # while a token is being scanned, and after an error in one

    NAME = 4  # `value` is its Str
    INTEGER = 5  # `value`
    FLOAT = 6  # `value`
    STRING = 7  # `value` is its Str
    FORMAT_STRING = 8  # `value` is the Str before the first brace; `has_more` says whether there is one
    BYTES = 55  # `value` is its ByteString

    PLUS = 10
    MINUS = 11
    STAR = 12
    SLASH = 13
    SLASH_SLASH = 14
    PERCENT = 15
    AMPERSAND = 16
    BAR = 17
    CARET = 18
    SHIFT_LEFT = 19
    SHIFT_RIGHT = 20
    TILDE = 21
    STAR_STAR = 22
    DOT = 23
    COMMA = 24
    EQUAL = 25
    SEMICOLON = 26
    COLON = 27
    LEFT_PARENTHESIS = 28
    RIGHT_PARENTHESIS = 29
    LEFT_BRACKET = 30
    RIGHT_BRACKET = 31
    LEFT_BRACE = 32
    RIGHT_BRACE = 33
    LESS = 34
    GREATER = 35
    LESS_EQUAL = 36
    GREATER_EQUAL = 37
    EQUAL_EQUAL = 38
    NOT_EQUAL = 39
    PLUS_EQUAL = 40
    MINUS_EQUAL = 41
    STAR_EQUAL = 42
    SLASH_EQUAL = 43
    SLASH_SLASH_EQUAL = 44
    PERCENT_EQUAL = 45
    AMPERSAND_EQUAL = 46
    BAR_EQUAL = 47
    CARET_EQUAL = 48
    SHIFT_LEFT_EQUAL = 49
    SHIFT_RIGHT_EQUAL = 50
    ARROW = 51
    COLON_EQUAL = 52
    AT = 53
    BANG = 54

    AND = 60
    BREAK = 61
    CONTINUE = 62
    DEF = 63
    ELIF = 64
    ELSE = 65
    FOR = 66
    IF = 67
    IN = 68
    LAMBDA = 69
    LOAD = 70
    NOT = 71
    OR = 72
    PASS = 73
    RETURN = 74
    WHILE = 75
    RESERVED = 76  # a word of Python that the rule language keeps free; `value` is its Str


@noinline
def token_text(kind: u32) -> Text:
    """A kind of token as messages show it."""
    match kind:
        case Token.END_OF_FILE:
            return "end of file"
        case Token.NEWLINE:
            return "newline"
        case Token.INDENT:
            return "indent"
        case Token.OUTDENT:
            return "outdent"
        case Token.NAME:
            return "identifier"
        case Token.INTEGER:
            return "int literal"
        case Token.FLOAT:
            return "float literal"
        case Token.STRING | Token.FORMAT_STRING:
            return "string literal"
        case Token.BYTES:
            return "bytes literal"
        case Token.AND:
            return "and"
        case Token.BREAK:
            return "break"
        case Token.CONTINUE:
            return "continue"
        case Token.DEF:
            return "def"
        case Token.ELIF:
            return "elif"
        case Token.ELSE:
            return "else"
        case Token.FOR:
            return "for"
        case Token.IF:
            return "if"
        case Token.IN:
            return "in"
        case Token.LAMBDA:
            return "lambda"
        case Token.LOAD:
            return "load"
        case Token.NOT:
            return "not"
        case Token.OR:
            return "or"
        case Token.PASS:
            return "pass"
        case Token.RETURN:
            return "return"
        case Token.WHILE:
            return "while"
        case Token.RESERVED:
            return "reserved word"
        case _:
            return operator_text(kind)


@noinline
def operator_text(kind: u32) -> Text:
    """An operator or a piece of punctuation in quotes."""
    match kind:
        case Token.PLUS:
            return "'+'"
        case Token.MINUS:
            return "'-'"
        case Token.STAR:
            return "'*'"
        case Token.SLASH:
            return "'/'"
        case Token.SLASH_SLASH:
            return "'//'"
        case Token.PERCENT:
            return "'%'"
        case Token.AMPERSAND:
            return "'&'"
        case Token.BAR:
            return "'|'"
        case Token.CARET:
            return "'^'"
        case Token.SHIFT_LEFT:
            return "'<<'"
        case Token.SHIFT_RIGHT:
            return "'>>'"
        case Token.TILDE:
            return "'~'"
        case Token.STAR_STAR:
            return "'**'"
        case Token.DOT:
            return "'.'"
        case Token.COMMA:
            return "','"
        case Token.EQUAL:
            return "'='"
        case Token.SEMICOLON:
            return "';'"
        case Token.COLON:
            return "':'"
        case Token.LEFT_PARENTHESIS:
            return "'('"
        case Token.RIGHT_PARENTHESIS:
            return "')'"
        case Token.LEFT_BRACKET:
            return "'['"
        case Token.RIGHT_BRACKET:
            return "']'"
        case Token.LEFT_BRACE:
            return "'{'"
        case Token.RIGHT_BRACE:
            return "'}'"
        case Token.LESS:
            return "'<'"
        case Token.GREATER:
            return "'>'"
        case Token.LESS_EQUAL:
            return "'<='"
        case Token.GREATER_EQUAL:
            return "'>='"
        case Token.EQUAL_EQUAL:
            return "'=='"
        case Token.NOT_EQUAL:
            return "'!='"
        case Token.PLUS_EQUAL:
            return "'+='"
        case Token.MINUS_EQUAL:
            return "'-='"
        case Token.STAR_EQUAL:
            return "'*='"
        case Token.SLASH_EQUAL:
            return "'/='"
        case Token.SLASH_SLASH_EQUAL:
            return "'//='"
        case Token.PERCENT_EQUAL:
            return "'%='"
        case Token.AMPERSAND_EQUAL:
            return "'&='"
        case Token.BAR_EQUAL:
            return "'|='"
        case Token.CARET_EQUAL:
            return "'^='"
        case Token.SHIFT_LEFT_EQUAL:
            return "'<<='"
        case Token.SHIFT_RIGHT_EQUAL:
            return "'>>='"
        case Token.ARROW:
            return "'->'"
        case Token.COLON_EQUAL:
            return "':='"
        case Token.AT:
            return "'@'"
        case _:
            return "'!'"
