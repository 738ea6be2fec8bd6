"""What all parts of the parser share: expecting tokens, saying what was found instead, and the depth of recursion.

The parser is a recursive descent on the lexer's current token. Its recursion is bounded by `enter`, because the source is
untrusted and the WebAssembly stack is small.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import Text, noinline, u32
from guest.syntax import lexer
from guest.syntax.diagnostics import position_line, refuse, say, say_name, say_number
from guest.syntax.lexer import advance
from guest.syntax.tokens import Token, token_text
from guest.values.text import Str, text_equal

MAX_NESTING = 200

nesting: u32 = 0


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
    global nesting
    nesting = 0


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
        say_unexpected("',' or ")
        say(token_text(closing))
        refuse_open(opened)
    accept(Token.COMMA)


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
    if lexer.kind == Token.EQUAL:
        say("got '=', want ':' (use == to compare)")
        refuse(lexer.position)
    if lexer.kind == Token.IF:
        say("got if, want ':' (use elif)")
        refuse(lexer.position)
    expect(Token.COLON)


def expect_name() -> Str:
    """Go over an identifier, which must be there."""
    if lexer.kind != Token.NAME:
        unexpected(token_text(Token.NAME))
    found = lexer.name()
    advance()
    return found


@noinline
def unexpected(want: Text) -> NoReturn:
    """End with what was found and what was expected."""
    say_unexpected(want)
    refuse(lexer.position)


@noinline
def say_unexpected(want: Text) -> None:
    """Compose what was found and what was expected, and what the author probably meant."""
    if lexer.kind == Token.RESERVED and text_equal(lexer.name(), "is"):
        say("the operator 'is' is not supported (use ==)")
        return
    say("got ")
    say(token_text(lexer.kind))
    if lexer.kind == Token.RESERVED:
        say(" '")
        say_name(lexer.name())
        say("'")
    say(", want ")
    say(want)
    match lexer.kind:
        case Token.COLON_EQUAL:
            say(" (the walrus operator := is not supported)")
        case Token.STAR_STAR:
            say(" (there is no operator **)")
        case Token.FOR:
            say(" (there are no generator expressions: use a list comprehension)")
        case _:
            pass
