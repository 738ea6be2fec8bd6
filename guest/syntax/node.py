"""The syntax tree: one class of nodes, whose fields mean what the table says.

The parser builds nodes, the resolver fills in `binding`, `scope` and constants, the emitter reads them. A list of nodes is
a chain of siblings through `next`. No tree is higher than `MAX_HEIGHT`, so that whoever walks it recursively has a bound.

    kind            first         second         third        value       extra
    CONSTANT                                                  the value   1: a sign is already applied
    NAME                                                      Str
    FORMAT          pieces: CONSTANT or INTERPOLATION
    INTERPOLATION   expression                                            1: repr
    LIST TUPLE      items
    DICT            ENTRY ...
    ENTRY           key           value
    COMPREHENSION   item, ENTRY   clauses                                 its ENTRY makes it a dict's
    FOR_CLAUSE      target        iterable
    IF_CLAUSE       condition
    UNARY           operand                                               Token
    NOT             operand
    BINARY          leftmost      OPERAND ...                 operators of one level, from left to right
    OPERAND         operand                                               Token
    COMPARE         left          right                                   Token; NOT stands for `not in`
    AND OR          operands
    CONDITIONAL     condition     if true        if false
    LAMBDA          parameters    body
    CALL            callee        arguments
    NAMED           expression                                Str
    SPREAD          expression                                            STAR or STAR_STAR
    INDEX           container     key
    SLICE           container     start, stop, step: three siblings, None where absent
    ATTRIBUTE       container                                 Str

    PARAMETER       default                                   Str
    REST            (a bare `*` has no value)                 Str         STAR or STAR_STAR

    EXPRESSION      expression
    ASSIGN          target        value
    AUGMENTED       target        value                                   Token of the operator
    IF              CLAUSE ...    else: statements
    CLAUSE          condition     statements
    FOR             target        iterable       statements
    WHILE           condition     statements
    DEFINE          parameters    statements                  Str
    RETURN          expression
    BREAK CONTINUE PASS
    LOAD            BINDING ...                               module      position of the module's name
    BINDING         NAME                                      Str, the name in the module
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import UNDEFINED, Object, Value, cast, noinline, u8, u16, u32
from guest.meter.costs import SYNTAX_NODE
from guest.meter.fuel import charge
from guest.syntax import lexer
from guest.syntax.diagnostics import refuse, say
from guest.syntax.scope import Binding, Scope
from guest.values.text import Str

MAX_HEIGHT = 200


class NodeKind(IntEnum):
    """What a node stands for."""

    CONSTANT = 0
    NAME = 1
    FORMAT = 2
    INTERPOLATION = 3
    LIST = 4
    TUPLE = 5
    DICT = 6
    ENTRY = 7
    COMPREHENSION = 8
    FOR_CLAUSE = 9
    IF_CLAUSE = 10
    UNARY = 11
    NOT = 12
    BINARY = 13
    OPERAND = 14
    COMPARE = 15
    AND = 16
    OR = 17
    CONDITIONAL = 18
    LAMBDA = 19
    CALL = 20
    NAMED = 21
    SPREAD = 22
    INDEX = 23
    SLICE = 24
    ATTRIBUTE = 25

    PARAMETER = 30
    REST = 31

    EXPRESSION = 40
    ASSIGN = 41
    AUGMENTED = 42
    IF = 43
    CLAUSE = 44
    FOR = 45
    WHILE = 46
    DEFINE = 47
    RETURN = 48
    BREAK = 49
    CONTINUE = 50
    PASS = 51
    LOAD = 52
    BINDING = 53


class Node(Object):
    """A piece of syntax. `position` is where errors about it point, `end` is behind its last token."""

    kind: u8
    height: u16
    position: u32
    opened: u32  # of an expression in parentheses: where these begin; 0 of others
    end: u32
    extra: u32
    first: Node | None
    second: Node | None
    third: Node | None
    next: Node | None
    scope: Scope | None  # of a LAMBDA, DEFINE or COMPREHENSION
    binding: Binding | None  # of a NAME that is a variable
    value: Value


class NodeList(Object):
    """A chain of siblings while it grows."""

    first: Node | None
    last: Node | None


@noinline
def node(
    kind: u32, position: u32, first: Node | None = None, second: Node | None = None, third: Node | None = None
) -> Node:
    """A node over its (already complete) children; an error if the tree gets too high."""
    charge(SYNTAX_NODE)
    height = 1 + max(max(chain_height(first), chain_height(second)), chain_height(third))
    if height > MAX_HEIGHT:
        say("nested too deeply (at most 200 levels)")
        refuse(position)
    return Node(
        kind=kind,
        height=height,
        position=position,
        opened=0,
        end=lexer.previous_end,
        extra=0,
        first=first,
        second=second,
        third=third,
        next=None,
        scope=None,
        binding=None,
        value=UNDEFINED,
    )


@noinline
def valued(kind: u32, position: u32, value: Value) -> Node:
    """A node with a value and no children."""
    made = node(kind, position)
    made.value = value
    return made


@noinline
def marked(
    kind: u32, position: u32, extra: u32, first: Node | None = None, second: Node | None = None
) -> Node:
    """A node with `extra`."""
    made = node(kind, position, first, second)
    made.extra = extra
    return made


def text_of(n: Node) -> Str:
    """The name or string that a node holds."""
    return cast(Str, n.value)


def start_of(n: Node) -> u32:
    """The position of the first token of an expression; `position` is that of its operator or bracket."""
    at = n
    while True:
        first = first_written(at)
        if first is None:
            return at.position
        at = first


def span_start(n: Node) -> u32:
    """Where the text of an expression begins, its parentheses included."""
    at = n
    while True:
        if at.opened != 0:
            return at.opened
        first = first_written(at)
        if first is None:
            return at.position
        at = first


def first_written(n: Node) -> Node | None:
    """The part of an expression with which it begins; None if it begins with a token of its own."""
    match n.kind:
        case NodeKind.CALL | NodeKind.INDEX | NodeKind.SLICE | NodeKind.ATTRIBUTE | NodeKind.COMPARE:
            return n.first
        case NodeKind.BINARY | NodeKind.AND | NodeKind.OR:
            return n.first
        case NodeKind.CONDITIONAL:
            return n.second
        case _:
            return None


@noinline
def chain_height(first: Node | None) -> u32:
    """The greatest height in a chain of siblings."""
    height: u32 = 0
    at = first
    while at is not None:
        height = max(height, at.height)
        at = at.next
    return height


@noinline
def chain_length(first: Node | None) -> u32:
    """The number of siblings in a chain."""
    count: u32 = 0
    at = first
    while at is not None:
        count += 1
        at = at.next
    return count


def new_list() -> NodeList:
    """A list without nodes."""
    return NodeList(first=None, last=None)


@noinline
def add(chain: NodeList, item: Node) -> None:
    """Add a node at the end of a list."""
    last = chain.last
    if last is None:
        chain.first = item
    else:
        last.next = item
    chain.last = item
