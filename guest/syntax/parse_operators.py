"""Expressions down to the operators: tuples, conditionals, lambdas, boolean, comparing and arithmetic operators.

One function climbs the levels of precedence. Operators of one level make one node with a list of operands, so that a sum
of a hundred thousand terms is as deep as a sum of two.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

from guest.compiler.language import bits_float, float_bits, noinline, u32, u64
from guest.heap.value import float_of, from_float, is_float
from guest.syntax import lexer, parse_operands
from guest.syntax.diagnostics import refuse, say
from guest.syntax.lexer import advance
from guest.syntax.node import Node, NodeKind, add, marked, new_list, node
from guest.syntax.parsing import enter, expect, leave, say_unexpected
from guest.syntax.source import byte
from guest.syntax.tokens import Token
from guest.values.int_arithmetic import int_negate
from guest.values.integer import is_int

SIGN_BIT: u64 = 0x8000_0000_0000_0000


class Level(IntEnum):
    """Levels of precedence; an operator binds tighter than those before it."""

    NONE = 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARE = 4
    BIT_OR = 5
    BIT_XOR = 6
    BIT_AND = 7
    SHIFT = 8
    SUM = 9
    PRODUCT = 10


def level_of(kind: u32) -> u32:
    """The level of a binary operator; NONE if the token is none."""
    match kind:
        case Token.OR:
            return Level.OR
        case Token.AND:
            return Level.AND
        case Token.NOT | Token.IN | Token.LESS | Token.GREATER | Token.LESS_EQUAL | Token.GREATER_EQUAL:
            return Level.COMPARE
        case Token.EQUAL_EQUAL | Token.NOT_EQUAL:
            return Level.COMPARE
        case Token.BAR:
            return Level.BIT_OR
        case Token.CARET:
            return Level.BIT_XOR
        case Token.AMPERSAND:
            return Level.BIT_AND
        case Token.SHIFT_LEFT | Token.SHIFT_RIGHT:
            return Level.SHIFT
        case Token.PLUS | Token.MINUS:
            return Level.SUM
        case Token.STAR | Token.SLASH | Token.SLASH_SLASH | Token.PERCENT:
            return Level.PRODUCT
        case _:
            return Level.NONE


def ends_list() -> bool:
    """Whether the current token cannot begin another expression of a list."""
    match lexer.kind:
        case Token.END_OF_FILE | Token.NEWLINE | Token.EQUAL | Token.SEMICOLON | Token.COLON:
            return True
        case Token.RIGHT_PARENTHESIS | Token.RIGHT_BRACKET | Token.RIGHT_BRACE:
            return True
        case _:
            return False


def parse_expression(in_parentheses: bool) -> Node:
    """Parse an expression, or a tuple without parentheses of its own."""
    first = parse_test()
    if lexer.kind != Token.COMMA:
        return first
    items = new_list()
    add(items, first)
    while lexer.kind == Token.COMMA:
        comma = lexer.position
        advance()
        if ends_list():
            if not in_parentheses:
                say(
                    "unparenthesized tuple with trailing comma (drop the comma, or write (x,) for a tuple of one)"
                )
                refuse(comma)
            break
        add(items, parse_test())
    return node(NodeKind.TUPLE, first.position, items.first)


@noinline
def parse_test() -> Node:
    """Parse an expression that is no tuple."""
    if lexer.kind == Token.LAMBDA:
        return parse_lambda(True)
    enter()
    result = parse_operators(Level.OR)
    if lexer.kind == Token.IF:
        position = lexer.position
        advance()
        condition = parse_operators(Level.OR)
        if lexer.kind != Token.ELSE:
            say("conditional expression without else clause (write x if condition else y)")
            refuse(position)
        advance()
        otherwise = parse_test()
        result = node(NodeKind.CONDITIONAL, position, condition, result, otherwise)
    leave()
    return result


def parse_condition() -> Node:
    """Parse the condition of a comprehension, which is no conditional expression."""
    if lexer.kind == Token.LAMBDA:
        return parse_lambda(False)
    return parse_operators(Level.OR)


@noinline
def parse_lambda(conditional: bool) -> Node:
    """Parse a lambda; its body may be a conditional expression unless it ends a comprehension's condition."""
    enter()
    position = lexer.position
    advance()
    parameters: Node | None = None
    if lexer.kind != Token.COLON:
        parameters = parse_operands.parse_parameters(Token.COLON)
    expect(Token.COLON)
    body = parse_test() if conditional else parse_condition()
    leave()
    return node(NodeKind.LAMBDA, position, parameters, body)


@noinline
def parse_operators(level: u32) -> Node:
    """Parse an expression whose operators bind at least as tightly as `level`."""
    if lexer.kind == Token.NOT and level <= Level.NOT:
        left = parse_not()
    else:
        left = parse_unary()
    while True:
        found = level_of(lexer.kind)
        if found == Level.NONE or found < level:
            return left
        if found == Level.COMPARE:
            left = parse_comparison(left)
        elif found <= Level.AND:
            left = parse_boolean(left, found)
        else:
            left = parse_chain(left, found)


@noinline
def parse_not() -> Node:
    """Parse `not x`."""
    position = lexer.position
    advance()
    enter()
    operand = parse_operators(Level.NOT)
    leave()
    return node(NodeKind.NOT, position, operand)


@noinline
def parse_boolean(left: Node, level: u32) -> Node:
    """Parse the other operands of `and` or `or`."""
    operator = lexer.kind
    position = lexer.position
    operands = new_list()
    add(operands, left)
    while lexer.kind == operator:
        advance()
        enter()
        add(operands, parse_operators(level + 1))
        leave()
    return node(NodeKind.AND if operator == Token.AND else NodeKind.OR, position, operands.first)


@noinline
def parse_chain(left: Node, level: u32) -> Node:
    """Parse the other operands of arithmetic operators of one level."""
    position = lexer.position
    operands = new_list()
    while level_of(lexer.kind) == level:
        operator = lexer.kind
        place = lexer.position
        advance()
        enter()
        right = parse_operators(level + 1)
        leave()
        add(operands, marked(NodeKind.OPERAND, place, operator, right))
    return node(NodeKind.BINARY, position, left, operands.first)


@noinline
def parse_comparison(left: Node) -> Node:
    """Parse a comparison's operator and its right side. Comparisons do not associate."""
    operator = lexer.kind
    position = lexer.position
    advance()
    if operator == Token.NOT:
        expect(Token.IN)
    enter()
    right = parse_operators(Level.COMPARE + 1)
    leave()
    result = marked(NodeKind.COMPARE, position, operator, left, right)
    if level_of(lexer.kind) == Level.COMPARE:
        say_operator(operator)
        say(" does not associate with ")
        say_operator(lexer.kind)
        say(" (use parens, or join two comparisons by and)")
        refuse(lexer.position)
    return result


def say_operator(kind: u32) -> None:
    """Add a comparing operator to the message."""
    match kind:
        case Token.NOT:
            say("not in")
        case Token.IN:
            say("in")
        case Token.LESS:
            say("<")
        case Token.GREATER:
            say(">")
        case Token.LESS_EQUAL:
            say("<=")
        case Token.GREATER_EQUAL:
            say(">=")
        case Token.EQUAL_EQUAL:
            say("==")
        case _:
            say("!=")


@noinline
def parse_unary() -> Node:
    """Parse signs and an operand. A sign before a number literal is part of its value."""
    operator = lexer.kind
    if operator != Token.MINUS and operator != Token.PLUS and operator != Token.TILDE:
        return parse_operands.parse_primary()
    position = lexer.position
    doubled = lexer.previous == operator and ends_sign()
    advance()
    if doubled and ends_list():
        refuse_increment(operator)
    enter()
    operand = parse_unary()
    if operator == Token.MINUS and operand.kind == NodeKind.CONSTANT and negate(operand):
        operand.position = position
    else:
        operand = marked(NodeKind.UNARY, position, operator, operand)
    leave()
    return operand


def ends_sign() -> bool:
    """Whether the sign that is the current token stands right behind the same sign."""
    return byte(lexer.offset - 2) == byte(lexer.offset - 1)


@noinline
def refuse_increment(operator: u32) -> NoReturn:
    """End with the error of `x++`."""
    say_unexpected("primary expression")
    if operator == Token.PLUS:
        say(" (there is no operator ++: write x += 1)")
    else:
        say(" (there is no operator --: write x -= 1)")
    refuse(lexer.position)


def negate(operand: Node) -> bool:
    """Negate a number literal in place; False if the constant is none, or its opposite has no constant."""
    value = operand.value
    if is_float(value):
        operand.value = from_float(bits_float(float_bits(float_of(value)) ^ SIGN_BIT))
        return True
    if is_int(value):
        operand.value = int_negate(value)
        return True
    return False
