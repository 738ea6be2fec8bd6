"""Operands and what follows them: names, literals, displays, comprehensions, f-strings, calls, indexes, attributes.

Relies on `parse_operators.py` for the expressions inside brackets, which relies on this file for their operands.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Text, Value, noinline, u32
from guest.heap.value import NONE
from guest.syntax import hints, lexer, parse_operators, parsing
from guest.syntax.diagnostics import refuse, report, say, say_name
from guest.syntax.hints import say_hint
from guest.syntax.lexer import advance, resume_format
from guest.syntax.node import Node, NodeKind, NodeList, add, marked, new_list, node, valued
from guest.syntax.parsing import (
    accept,
    expect,
    expect_closing,
    expect_comma,
    expect_name,
    say_unexpected,
    unexpected,
)
from guest.syntax.tokens import Token, token_text
from guest.values.text import text_equal


@noinline
def parse_primary() -> Node:
    """Parse an operand with its suffixes."""
    return parse_suffixes(parse_operand())


@noinline
def parse_operand() -> Node:
    """Parse an operand."""
    position = lexer.position
    match lexer.kind:
        case Token.NAME:
            return parse_token(NodeKind.NAME)
        case Token.INTEGER | Token.FLOAT | Token.STRING | Token.BYTES:
            return parse_token(NodeKind.CONSTANT)
        case Token.FORMAT_STRING:
            return parse_format()
        case Token.LEFT_PARENTHESIS:
            return parse_parentheses()
        case Token.LEFT_BRACKET:
            return parse_list()
        case Token.LEFT_BRACE:
            return parse_braces()
        case Token.STAR:
            say(
                "got '*', want primary expression (unpacking with * is not supported in displays and targets)"
            )
        case Token.RESERVED:
            say("'")
            say_name(lexer.name())
            say("' is a reserved word")
            say_hint(hints.RESERVED, lexer.name())
        case Token.DOT:
            return parse_ellipsis()
        case _:
            refuse_operand()
    refuse(position)


def parse_ellipsis() -> Node:
    """Parse the `...` of a type such as `tuple[int, ...]`."""
    position = lexer.position
    if not parsing.in_annotation:
        refuse_operand()
    expect(Token.DOT)
    expect(Token.DOT)
    expect(Token.DOT)
    return absent(position)


@noinline
def refuse_operand() -> NoReturn:
    """End with the error of a token that begins no operand."""
    say_unexpected("primary expression")
    if lexer.kind == Token.RETURN:
        say(" (the body of a lambda is an expression)")
    refuse(lexer.position)


def parse_token(kind: u32) -> Node:
    """Parse a name or a literal."""
    found = valued(kind, lexer.position, lexer.value)
    advance()
    found.end = lexer.previous_end
    return found


@noinline
def parse_format() -> Node:
    """Parse an f-string: the lexer finds its texts, this function the expressions between them."""
    position = lexer.position
    quote = lexer.quote
    quotes = lexer.quotes
    raw = lexer.is_raw
    pieces = new_list()
    while True:
        add(pieces, valued(NodeKind.CONSTANT, lexer.position, lexer.value))
        if not lexer.has_more:
            break
        lexer.brackets += 1
        advance()
        add(pieces, parse_interpolation())
        # The closing brace is the current token; the text goes on right behind it, quoted as it was.
        lexer.quote = quote
        lexer.quotes = quotes
        lexer.is_raw = raw
        resume_format(lexer.offset)
    advance()
    return node(NodeKind.FORMAT, position, pieces.first)


def parse_interpolation() -> Node:
    """Parse the inside of braces in an f-string, up to the closing one."""
    position = lexer.position
    if lexer.kind == Token.RIGHT_BRACE:
        say("f-string: empty expression between braces")
        refuse(position)
    expression = parse_operators.parse_expression(True)
    quoted: u32 = 0
    if accept(Token.BANG):
        conversion = expect_name()
        if text_equal(conversion, "r"):
            quoted = 1
        elif not text_equal(conversion, "s"):
            refuse_format("f-string: the conversion is !r or !s")
    if lexer.kind == Token.COLON or lexer.kind == Token.COLON_EQUAL:
        refuse_format("f-string: format specifications are not supported (use the % operator: '%.2f' % x)")
    if lexer.kind == Token.EQUAL:
        refuse_format("f-string: the = specifier is not supported")
    if lexer.kind != Token.RIGHT_BRACE:
        unexpected(token_text(Token.RIGHT_BRACE))
    return marked(NodeKind.INTERPOLATION, position, quoted, expression)


@noinline
def refuse_format(complaint: Text) -> NoReturn:
    """End with an error in an f-string."""
    say(complaint)
    refuse(lexer.position)


# Displays.


@noinline
def parse_parentheses() -> Node:
    """Parse a tuple or an expression in parentheses."""
    position = lexer.position
    advance()
    if accept(Token.RIGHT_PARENTHESIS):
        return node(NodeKind.TUPLE, position)
    inside = parse_operators.parse_expression(True)
    expect_closing(Token.RIGHT_PARENTHESIS, position)
    inside.opened = position
    inside.end = lexer.previous_end
    return inside


@noinline
def parse_list() -> Node:
    """Parse a list or a list comprehension."""
    position = lexer.position
    advance()
    if accept(Token.RIGHT_BRACKET):
        return node(NodeKind.LIST, position)
    first = parse_operators.parse_test()
    if lexer.kind == Token.FOR:
        return parse_clauses(position, first, Token.RIGHT_BRACKET)
    items = new_list()
    add(items, first)
    expect_comma(Token.RIGHT_BRACKET, position)
    while lexer.kind != Token.RIGHT_BRACKET:
        add(items, parse_operators.parse_test())
        expect_comma(Token.RIGHT_BRACKET, position)
    advance()
    return node(NodeKind.LIST, position, items.first)


@noinline
def parse_braces() -> Node:
    """Parse a dict or a dict comprehension."""
    position = lexer.position
    advance()
    entries = new_list()
    while lexer.kind != Token.RIGHT_BRACE:
        if lexer.kind == Token.STAR_STAR:
            say("got '**', want primary expression (unpacking with ** is not supported in displays)")
            refuse(lexer.position)
        key = parse_operators.parse_test()
        if lexer.kind != Token.COLON:
            refuse_entry()
        colon = expect(Token.COLON)
        entry = node(NodeKind.ENTRY, colon, key, parse_operators.parse_test())
        if lexer.kind == Token.FOR and entries.first is None:
            return parse_clauses(position, entry, Token.RIGHT_BRACE)
        add(entries, entry)
        expect_comma(Token.RIGHT_BRACE, position)
    advance()
    return node(NodeKind.DICT, position, entries.first)


@noinline
def refuse_entry() -> NoReturn:
    """End with the error of a key in braces that no colon follows."""
    say("got ")
    say(token_text(lexer.kind))
    say(", want ':'")
    match lexer.kind:
        case Token.COMMA | Token.RIGHT_BRACE | Token.FOR:
            say(" (there are no set displays: use set([...]))")
        case Token.EQUAL:
            say(' (an entry of a dict is written "key": value)')
        case _:
            pass
    refuse(lexer.position)


@noinline
def parse_clauses(position: u32, item: Node, closing: u32) -> Node:
    """Parse the clauses of a comprehension and its closing bracket."""
    clauses = new_list()
    while lexer.kind != closing:
        place = lexer.position
        if accept(Token.FOR):
            target = parse_loop_target()
            expect(Token.IN)
            iterable = parse_operators.parse_operators(parse_operators.Level.OR)
            add(clauses, node(NodeKind.FOR_CLAUSE, place, target, iterable))
        elif accept(Token.IF):
            add(clauses, node(NodeKind.IF_CLAUSE, place, parse_operators.parse_condition()))
        else:
            say("got ")
            say(token_text(lexer.kind))
            say(", want ")
            say(token_text(closing))
            say(", for, or if")
            refuse(lexer.position)
    advance()
    return node(NodeKind.COMPREHENSION, position, item, clauses.first)


@noinline
def parse_loop_target() -> Node:
    """Parse the variables of a `for`: operands, because an expression would take the `in`."""
    first = parse_primary()
    if lexer.kind != Token.COMMA:
        return first
    items = new_list()
    add(items, first)
    while accept(Token.COMMA):
        add(items, parse_primary())
    return node(NodeKind.TUPLE, first.position, items.first)


# Suffixes.


@noinline
def parse_suffixes(operand: Node) -> Node:
    """Parse the attributes, indexes and calls behind an operand."""
    result = operand
    while True:
        position = lexer.position
        match lexer.kind:
            case Token.DOT:
                advance()
                name = lexer.value
                expect_name()
                container = result
                result = node(NodeKind.ATTRIBUTE, position, container)
                result.value = name
            case Token.LEFT_BRACKET:
                result = parse_index(result)
            case Token.LEFT_PARENTHESIS:
                advance()
                arguments = parse_arguments(position)
                result = node(NodeKind.CALL, position, result, arguments)
            case _:
                return result


@noinline
def parse_index(container: Node) -> Node:
    """Parse `[i]` or `[start:stop:step]`."""
    position = lexer.position
    advance()
    start: Node | None = None
    if lexer.kind != Token.COLON:
        start = parse_operators.parse_expression(False)
        if lexer.kind != Token.COLON:
            expect_closing(Token.RIGHT_BRACKET, position)
            return node(NodeKind.INDEX, position, container, start)
    expect(Token.COLON)
    bounds = new_list()
    add(bounds, start if start is not None else absent(position))
    add(bounds, parse_bound(position))
    if accept(Token.COLON):
        add(bounds, parse_bound(position))
    else:
        add(bounds, absent(position))
    expect_closing(Token.RIGHT_BRACKET, position)
    return node(NodeKind.SLICE, position, container, bounds.first)


def parse_bound(position: u32) -> Node:
    """Parse a bound or the step of a slice, if it is there."""
    if lexer.kind == Token.COLON or lexer.kind == Token.RIGHT_BRACKET:
        return absent(position)
    return parse_operators.parse_test()


def absent(position: u32) -> Node:
    """What stands for a bound that is not written."""
    return valued(NodeKind.CONSTANT, position, NONE)


@noinline
def parse_arguments(opened: u32) -> Node | None:
    """Parse the arguments of a call and the closing parenthesis; the resolver checks their order."""
    arguments = new_list()
    while lexer.kind != Token.RIGHT_PARENTHESIS:
        add(arguments, parse_argument())
        expect_comma(Token.RIGHT_PARENTHESIS, opened)
    advance()
    return arguments.first


def parse_argument() -> Node:
    """Parse one argument: `x`, `name=x`, `*x` or `**x`."""
    position = lexer.position
    if lexer.kind == Token.STAR or lexer.kind == Token.STAR_STAR:
        stars = lexer.kind
        advance()
        return marked(NodeKind.SPREAD, position, stars, parse_operators.parse_test())
    is_bare = lexer.kind == Token.NAME  # `(x)=1` names nothing
    argument = parse_operators.parse_test()
    if lexer.kind != Token.EQUAL:
        return argument
    if argument.kind != NodeKind.NAME or not is_bare:
        say("keyword argument must have form name=expr")
        refuse(position)
    advance()
    named = node(NodeKind.NAMED, position, parse_operators.parse_test())
    named.value = argument.value
    return named


# Parameters.


@noinline
def parse_parameters(closing: u32) -> Node | None:
    """Parse the parameters of a function up to a closing token, which is left; with a `def`, they may have types."""
    parameters = new_list()
    seen_star = False
    seen_star_star = False
    seen_default = False
    while lexer.kind != closing and lexer.kind != Token.COLON and lexer.kind != Token.END_OF_FILE:
        parameter = parse_parameter(closing)
        position = parameter.position
        if seen_star_star:
            complain_after_kwargs(parameter)
        elif parameter.kind == NodeKind.PARAMETER:
            if parameter.first is not None:
                seen_default = True
            elif seen_default and not seen_star:
                complain(
                    "required parameter may not follow optional (parameters with defaults come last)",
                    position,
                )
        elif parameter.extra == Token.STAR_STAR:
            seen_star_star = True
        elif seen_star:
            complain("multiple * parameters not allowed", position)
        else:
            seen_star = True
        add(parameters, parameter)
        if lexer.kind != closing:
            expect(Token.COMMA)
    check_bare_star(parameters)
    return parameters.first


@noinline
def complain_after_kwargs(parameter: Node) -> None:
    """Record the error of what follows `**kwargs` among the parameters."""
    if parameter.kind == NodeKind.REST and parameter.extra == Token.STAR_STAR:
        complain("multiple ** parameters not allowed", parameter.position)
    elif parameter.kind == NodeKind.REST:
        complain("* parameter may not follow **kwargs", parameter.position)
    else:
        if parameter.first is None:
            say("required ")
        complain("parameter may not follow **kwargs (which comes last)", parameter.position)


def parse_parameter(closing: u32) -> Node:
    """Parse one parameter."""
    position = lexer.position
    if lexer.kind == Token.STAR or lexer.kind == Token.STAR_STAR:
        stars = lexer.kind
        advance()
        rest = marked(NodeKind.REST, position, stars)
        if stars == Token.STAR and lexer.kind != Token.NAME:
            return rest
        rest.value = Value(expect_name())
        skip_annotation(closing)
        return rest
    name = expect_name()
    skip_annotation(closing)
    default: Node | None = None
    if accept(Token.EQUAL):
        default = parse_operators.parse_test()
    parameter = node(NodeKind.PARAMETER, position, default)
    parameter.value = Value(name)
    return parameter


def skip_annotation(closing: u32) -> None:
    """Parse and forget the type of a parameter. A lambda's have none: a colon ends them."""
    if closing != Token.COLON and accept(Token.COLON):
        skip_type()


def skip_type() -> None:
    """Parse and forget a type; where one is wrong, the next statement begins outside of types again."""
    parsing.in_annotation = True
    parse_operators.parse_test()
    parsing.in_annotation = False


def check_bare_star(parameters: NodeList) -> None:
    """A `*` without a name must be followed by a parameter that is given by name."""
    at = parameters.first
    while at is not None and not (at.kind == NodeKind.REST and at.extra == Token.STAR):
        at = at.next
    # Of several stars only the first is no error of its own.
    if at is None or at.value != UNDEFINED:
        return
    following = at.next
    if following is None or (following.kind == NodeKind.REST and following.extra == Token.STAR_STAR):
        complain("bare * must be followed by keyword-only parameters", at.position)


@noinline
def complain(complaint: Text, position: u32) -> None:
    """Record an error and go on."""
    say(complaint)
    report(position)
