"""Statements, blocks and files.

`parse_file` gives the statements of a file. A syntax error is recorded and the parser goes on with the next statement at the
left margin, so that one run shows an error in each; whoever calls looks at the number of diagnostics.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import Failure, need, noinline, u32
from guest.meter import errors
from guest.meter.errors import Kind
from guest.syntax import diagnostics, hints, lexer
from guest.syntax.diagnostics import MAX_DIAGNOSTICS, refuse, say, say_name
from guest.syntax.hints import say_hint
from guest.syntax.lexer import advance, begin_statement
from guest.syntax.node import Node, NodeKind, NodeList, add, marked, new_list, node, text_of, valued
from guest.syntax.parse_operands import parse_loop_target, parse_parameters, skip_type
from guest.syntax.parse_operators import parse_expression, parse_test
from guest.syntax.parsing import (
    accept,
    begin_nesting,
    enter,
    expect,
    expect_colon,
    expect_name,
    leave,
    say_found,
    say_unexpected,
)
from guest.syntax.recovery import next_statement
from guest.syntax.source import byte
from guest.syntax.tokens import Token, token_text

GREATER_SIGN = 62

# The statements of the file so far: here, because a recovery must find them.
statements: NodeList | None = None
# Some statement could not be parsed: what is known of the file's names is incomplete.
is_broken: bool = False


def parse_file() -> Node | None:
    """Parse the whole source, from the lexer's start on; its first statement."""
    global statements, is_broken
    is_broken = False
    statements = new_list()
    healthy = guarded(True)
    while True:
        if not healthy:
            is_broken = True
            begin_nesting()
            go_on()
            healthy = guarded(True)
        elif lexer.kind == Token.END_OF_FILE or diagnostics.count == MAX_DIAGNOSTICS:
            break
        else:
            healthy = guarded(False)
    first = need(statements).first
    statements = None
    return first


def go_on() -> None:
    """Start the lexer again behind a statement with a syntax error."""
    line_is_done = lexer.kind == Token.NEWLINE or lexer.kind == Token.OUTDENT
    begin_statement(next_statement(lexer.offset, line_is_done))


def guarded(first: bool) -> bool:
    """Move to the first token of a statement, or parse a statement; False after a syntax error."""
    failed = False
    try:
        if first:
            advance()
        else:
            parse_statement(need(statements))
    except Failure:
        failed = True
    if not failed:
        return True
    if errors.kind != Kind.STATIC:
        raise Failure
    errors.kind = Kind.NONE
    return False


@noinline
def parse_statement(block: NodeList) -> None:
    """Parse a compound statement, or a line of simple ones, into a block."""
    match lexer.kind:
        case Token.DEF:
            add(block, parse_define())
        case Token.IF:
            add(block, parse_if())
        case Token.FOR:
            add(block, parse_for())
        case Token.WHILE:
            add(block, parse_while())
        case Token.INDENT:
            say("got indent, want primary expression (this line is indented without a block to belong to)")
            refuse(lexer.position)
        case Token.NEWLINE:
            advance()
        case _:
            parse_line(block)


def parse_line(block: NodeList) -> None:
    """Parse simple statements up to the end of the line."""
    while True:
        add(block, parse_simple())
        if not accept(Token.SEMICOLON):
            break
        if lexer.kind == Token.NEWLINE or lexer.kind == Token.END_OF_FILE:
            break
    if lexer.kind != Token.END_OF_FILE:
        expect(Token.NEWLINE)


@noinline
def parse_block() -> Node | None:
    """Parse the statements behind a colon: the rest of the line, or an indented block."""
    expect_colon()
    block = new_list()
    if not accept(Token.NEWLINE):
        parse_line(block)
        return block.first
    enter()
    if lexer.kind != Token.INDENT:
        say_found()
        say("indent (a block needs an indented line; pass does nothing)")
        refuse(lexer.position)
    advance()
    while lexer.kind != Token.OUTDENT and lexer.kind != Token.END_OF_FILE:
        parse_statement(block)
    if lexer.kind == Token.OUTDENT:
        advance()
    leave()
    return block.first


@noinline
def parse_define() -> Node:
    """Parse a function definition."""
    position = lexer.position
    advance()
    name = lexer.value
    name_position = lexer.position
    expect_name()
    expect(Token.LEFT_PARENTHESIS)
    parameters = parse_parameters(Token.RIGHT_PARENTHESIS)
    expect(Token.RIGHT_PARENTHESIS)
    if accept(Token.ARROW):
        skip_type()
    defined = node(NodeKind.DEFINE, position, parameters, parse_block())
    defined.value = name
    defined.extra = name_position
    return defined


@noinline
def parse_if() -> Node:
    """Parse an `if` with its `elif` and `else`."""
    position = lexer.position
    clauses = new_list()
    add(clauses, parse_clause())
    while lexer.kind == Token.ELIF:
        add(clauses, parse_clause())
    otherwise: Node | None = None
    if accept(Token.ELSE):
        otherwise = parse_block()
    return node(NodeKind.IF, position, clauses.first, otherwise)


@noinline
def parse_clause() -> Node:
    """Parse a condition and its block, behind `if` or `elif`."""
    position = lexer.position
    advance()
    condition = parse_test()
    return node(NodeKind.CLAUSE, position, condition, parse_block())


@noinline
def parse_for() -> Node:
    """Parse a `for` loop."""
    position = lexer.position
    advance()
    target = parse_loop_target()
    expect(Token.IN)
    iterable = parse_expression(False)
    body = parse_block()
    refuse_else()
    return node(NodeKind.FOR, position, target, iterable, body)


@noinline
def parse_while() -> Node:
    """Parse a `while` loop."""
    position = lexer.position
    advance()
    condition = parse_test()
    body = parse_block()
    refuse_else()
    return node(NodeKind.WHILE, position, condition, body)


def refuse_else() -> None:
    """A loop has no `else`."""
    if lexer.kind == Token.ELSE:
        say("loops have no else clause")
        refuse(lexer.position)


@noinline
def parse_simple() -> Node:
    """Parse a statement that fits a line."""
    position = lexer.position
    match lexer.kind:
        case Token.RETURN:
            advance()
            result: Node | None = None
            if not ends_statement():
                result = parse_expression(False)
            return node(NodeKind.RETURN, position, result)
        case Token.BREAK:
            advance()
            return node(NodeKind.BREAK, position)
        case Token.CONTINUE:
            advance()
            return node(NodeKind.CONTINUE, position)
        case Token.PASS:
            advance()
            return node(NodeKind.PASS, position)
        case Token.LOAD:
            return parse_load()
        case Token.AT:
            say("decorators are not supported")
            refuse(position)
        case _:
            return parse_assignment()


def ends_statement() -> bool:
    """Whether nothing follows in this statement."""
    return lexer.kind == Token.NEWLINE or lexer.kind == Token.SEMICOLON or lexer.kind == Token.END_OF_FILE


@noinline
def parse_assignment() -> Node:
    """Parse an assignment or an expression."""
    target = parse_expression(False)
    position = lexer.position
    if lexer.kind == Token.COLON and target.kind == NodeKind.NAME:
        advance()
        skip_type()
        if lexer.kind != Token.EQUAL:
            say_unexpected("'='")
            say(" (a type annotation needs a value)")
            refuse(lexer.position)
    if lexer.kind == Token.EQUAL:
        position = lexer.position
        advance()
        assigned = parse_expression(False)
        if lexer.kind == Token.EQUAL:
            refuse_chain()
        return node(NodeKind.ASSIGN, position, target, assigned)
    if lexer.kind >= Token.PLUS_EQUAL and lexer.kind <= Token.SHIFT_RIGHT_EQUAL:
        operator = operator_of(lexer.kind)
        advance()
        return marked(NodeKind.AUGMENTED, position, operator, target, parse_expression(False))
    if not ends_statement():
        refuse_rest(target)
    return node(NodeKind.EXPRESSION, target.position, target)


@noinline
def refuse_chain() -> NoReturn:
    """End with the error of a second equal sign in an assignment."""
    say("got '=', want newline ")
    if byte(lexer.offset) == GREATER_SIGN:
        say("(the operator is >=; a function is written lambda x: ...)")
    else:
        say("(assignments cannot be chained; use == to compare)")
    refuse(lexer.position)


@noinline
def refuse_rest(expression: Node) -> NoReturn:
    """End with the error of what follows an expression that is a statement."""
    say_unexpected(token_text(Token.NEWLINE))
    if expression.kind == NodeKind.NAME:
        say_hint(hints.STATEMENTS, text_of(expression))
    refuse(lexer.position)


def operator_of(assignment: u32) -> u32:
    """The operator in an augmented assignment: the tokens of both come in the same order."""
    return assignment - Token.PLUS_EQUAL + Token.PLUS


@noinline
def parse_load() -> Node:
    """Parse `load("module", "name", alias="name")`."""
    position = lexer.position
    advance()
    expect(Token.LEFT_PARENTHESIS)
    if lexer.kind != Token.STRING:
        say("first operand of load statement must be a string literal")
        refuse(lexer.position)
    module = lexer.value
    module_position = lexer.position
    advance()
    bindings = new_list()
    while lexer.kind != Token.RIGHT_PARENTHESIS:
        expect(Token.COMMA)
        if lexer.kind == Token.RIGHT_PARENTHESIS:
            break
        add(bindings, parse_binding())
    advance()
    if bindings.first is None:
        say('load statement must import at least 1 symbol (write load("path", "name"))')
        refuse(position)
    loaded = marked(NodeKind.LOAD, position, module_position, bindings.first)
    loaded.value = module
    return loaded


def parse_binding() -> Node:
    """Parse one name of a load: `"name"` or `alias="name"`."""
    position = lexer.position
    local = lexer.value
    if lexer.kind == Token.NAME:
        alias = lexer.name()
        advance()
        if lexer.kind != Token.EQUAL:
            say('load operand must be "')
            say_name(alias)
            say('" or ')
            say_name(alias)
            say("=\"originalname\" (want '=' after ")
            say_name(alias)
            say(")")
            refuse(lexer.position)
        advance()
        if lexer.kind != Token.STRING:
            say("original name of loaded symbol must be quoted: ")
            say_name(alias)
            say('="originalname"')
            refuse(lexer.position)
    elif lexer.kind != Token.STRING:
        say('load operand must be "name" or localname="name" (got ')
        say(token_text(lexer.kind))
        say(")")
        refuse(position)
    imported = lexer.value
    binding = node(NodeKind.BINDING, lexer.position, valued(NodeKind.NAME, position, local))
    binding.value = imported
    advance()
    return binding
