"""What all parts of the parser share: expecting tokens, saying what was found instead, and the depth of recursion.

The parser is a recursive descent on the lexer's current token. Its recursion is bounded by `enter`, because the source is
untrusted and the WebAssembly stack is small.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import Text, noinline, u32
from guest.syntax import hints, lexer
from guest.syntax.characters import is_digit
from guest.syntax.diagnostics import position_line, refuse, say, say_name, say_number
from guest.syntax.hints import say_hint
from guest.syntax.lexer import advance
from guest.syntax.source import byte
from guest.syntax.tokens import Token, token_text
from guest.values.text import Str

MAX_NESTING = 200

nesting: u32 = 0
# Whether a type annotation is being parsed: `...` is an operand only there.
in_annotation: bool = False


def enter() -> None:
    """Go one level deeper."""
    global nesting
    if nesting == MAX_NESTING:
        say("nested too deeply (at most 200 levels)")
        refuse(lexer.position)
    nesting += 1


def leave() -> None:
    """Come back from a level."""
    global nesting
    nesting -= 1


def begin_nesting() -> None:
    """Start at the outermost level."""
    global nesting, in_annotation
    nesting = 0
    in_annotation = False


def accept(kind: u32) -> bool:
    """Go over a token of this kind if it is there."""
    if lexer.kind != kind:
        return False
    advance()
    return True


def expect(kind: u32) -> u32:
    """Go over a token of this kind, which must be there; its position."""
    if lexer.kind != kind:
        unexpected(token_text(kind))
    position = lexer.position
    advance()
    return position


def expect_closing(kind: u32, opened: u32) -> None:
    """Go over the bracket that closes one at a position."""
    if lexer.kind != kind:
        say_unexpected(token_text(kind))
        refuse_open(opened)
    advance()


def expect_comma(closing: u32, opened: u32) -> None:
    """Go over a comma between items in brackets, unless the closing one follows them."""
    if lexer.kind != Token.COMMA and lexer.kind != closing:
        refuse_item(closing, opened)
    accept(Token.COMMA)


@noinline
def refuse_item(closing: u32, opened: u32) -> NoReturn:
    """End with the error of what follows an item in brackets."""
    say_found()
    if lexer.kind != Token.END_OF_FILE and closing == Token.RIGHT_PARENTHESIS:
        say("',' or ")
    say(token_text(closing))
    if lexer.kind != Token.END_OF_FILE and closing != Token.RIGHT_PARENTHESIS:
        say(" or ','")
    if lexer.kind == Token.COLON and closing == Token.RIGHT_PARENTHESIS:
        say(" (an argument is given by name as name = value)")
    else:
        say_meant()
    refuse_open(opened)


@noinline
def refuse_open(opened: u32) -> NoReturn:
    """End with an error inside brackets; say where they were opened if that is on another line."""
    if position_line(opened) != position_line(lexer.position):
        say(" (opened at line ")
        say_number(position_line(opened))
        say(")")
    refuse(lexer.position)


def expect_colon() -> None:
    """Go over the colon before a block."""
    expect(Token.COLON)


def expect_name() -> Str:
    """Go over an identifier, which must be there."""
    if lexer.kind != Token.NAME:
        refuse_name()
    found = lexer.name()
    advance()
    return found


@noinline
def refuse_name() -> NoReturn:
    """End with the error of what stands where a name must be."""
    say("not an identifier: got ")
    say_token()
    if lexer.kind >= Token.AND:
        say(" (a reserved word)")
    elif lexer.kind == Token.SLASH:
        say(" (parameters cannot be marked as positional; put * before those that are given by name)")
    refuse(lexer.position)


@noinline
def unexpected(want: Text) -> NoReturn:
    """End with what was found and what was expected."""
    say_unexpected(want)
    refuse(lexer.position)


@noinline
def say_unexpected(want: Text) -> None:
    """Compose what was found and what was expected, and what the author probably meant."""
    say_found()
    say(want)
    say_meant()


def say_found() -> None:
    """Add what was found, up to what was expected instead."""
    if lexer.kind == Token.BANG:
        say("unexpected input character '!': ")
    say("got ")
    say_token()
    say(", want ")


def say_token() -> None:
    """Add the current token."""
    if lexer.kind == Token.RESERVED:
        say("'")
        say_name(lexer.name())
        say("'")
    else:
        say(token_text(lexer.kind))


@noinline
def say_meant() -> None:
    """Add what the author probably meant by the current token and the one before it."""
    match lexer.kind:
        case Token.RESERVED:
            say_hint(hints.RESERVED, lexer.name())
        case Token.BANG:
            say(" (write not)")
        case Token.COLON_EQUAL:
            say(" (the walrus operator := is not supported: assign in a statement of its own)")
        case Token.STAR_STAR:
            say(" (there is no operator **: use math.pow, or multiply)")
        case Token.FOR:
            say(" (there are no generator expressions: use a list comprehension in brackets)")
        case Token.AMPERSAND:
            if lexer.previous == Token.AMPERSAND:
                say(" (the operator is and)")
        case Token.BAR:
            if lexer.previous == Token.BAR:
                say(" (the operator is or)")
        case Token.EQUAL:
            if lexer.previous >= Token.AND:
                say(" (a reserved word is no name)")
            else:
                say(" (use == to compare)")
        case Token.NAME:
            if is_digit(byte(lexer.offset - len(lexer.name().data) - 1)):
                say(" (a number has no unit or suffix)")
        case Token.GREATER:
            if lexer.previous == Token.LESS:
                say(" (the operator is !=)")
            elif lexer.previous == Token.EQUAL:
                say(" (the operator is >=; a lambda is lambda x: ...)")
        case Token.LESS:
            if lexer.previous == Token.EQUAL:
                say(" (the operator is <=)")
        case Token.IF:
            if lexer.previous == Token.ELSE:
                say(" (use elif)")
        case Token.LEFT_BRACE:
            say(" (a block is a colon and indented lines)")
        case Token.STRING | Token.FORMAT_STRING | Token.BYTES:
            if is_quoted(lexer.previous):
                say(" (adjacent string literals are not concatenated: use + or a comma)")
        case _:
            pass


def is_quoted(kind: u32) -> bool:
    """Whether a token is a literal in quotes."""
    return kind == Token.STRING or kind == Token.FORMAT_STRING or kind == Token.BYTES
