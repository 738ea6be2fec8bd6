"""The expressions of a source file and where they are, for whoever shows them: the tree, written as JSON.

    {"path": "main.star", "source": "...", "nodes": [["compare", 2, 8209, 8193, 8230], ...]}

A node is its kind, its height above the root of the tree (a child is one higher than the node before it of which it is a child),
and three packed positions (`guest/values/function.py`): its own, at which values of it are observed, and the start and end of its
text. The file is one that has been compiled, so it has no errors; parsing it once more costs no event anything.
"""

from __future__ import annotations

from guest.compiler.language import Text, noinline, u32, u64
from guest.heap.views import pinned_bytes
from guest.library.json_quote import emit_json_bytes, emit_json_str
from guest.library.output import emit_byte, emit_text, emit_unsigned
from guest.syntax import diagnostics, lexer
from guest.syntax.compiler import release_all
from guest.syntax.node import Node, NodeKind, span_start
from guest.syntax.parser import parse_file
from guest.syntax.parsing import begin_nesting
from guest.syntax.resolver import resolve_file
from guest.syntax.source import begin_source
from guest.syntax.tokens import Token
from guest.values.function import Module

QUOTE = 34
COMMA = 44
CLOSE_BRACKET = 93

node_count: u32 = 0


def emit_outline(module: Module) -> None:
    """Write the outline of a module."""
    global node_count
    node_count = 0
    diagnostics.begin_file(module.path)
    lexer.begin(begin_source(pinned_bytes(module.source), module.source_length))
    begin_nesting()
    statements = parse_file()
    resolve_file(statements, module.options, None)
    emit_text('{"path": ')
    emit_json_str(module.path)
    emit_text(', "source": ')
    emit_json_bytes(module.source, module.source_length)
    emit_text(', "nodes": [')
    emit_chain(statements, 0)
    emit_text("]}")
    release_all()


@noinline
def emit_chain(first: Node | None, height: u32) -> None:
    """Write siblings and all below them. The recursion is bounded by the height of the tree."""
    at = first
    while at is not None:
        emit_node(at, height)
        emit_chain(at.first, height + 1)
        emit_chain(at.second, height + 1)
        emit_chain(at.third, height + 1)
        at = at.next


def emit_node(n: Node, height: u32) -> None:
    """Write one node."""
    global node_count
    emit_text('["' if node_count == 0 else ', ["')
    node_count += 1
    emit_text(kind_name(n))
    emit_byte(QUOTE)
    emit_member(height)
    emit_member(observed_position(n))
    emit_member(span_start(n))
    emit_member(n.end)
    emit_byte(CLOSE_BRACKET)


def emit_member(number: u32) -> None:
    """Write another number of a node."""
    emit_byte(COMMA)
    emit_unsigned(u64(number))


def observed_position(n: Node) -> u32:
    """Where the value of a node is observed: that of a chain of operators at its last one."""
    if n.kind != NodeKind.BINARY:
        return n.position
    position = n.position
    at = n.second
    while at is not None:
        position = at.position
        at = at.next
    return position


def kind_name(n: Node) -> Text:
    """What a node is called; `unlike` stands for `!=` and `not in`, and `other` for all that is not told apart."""
    match n.kind:
        case NodeKind.CONSTANT:
            return "constant"
        case NodeKind.NAME:
            return "name"
        case NodeKind.UNARY | NodeKind.BINARY:
            return "operator"
        case NodeKind.COMPARE:
            return "unlike" if n.extra == Token.NOT_EQUAL or n.extra == Token.NOT else "compare"
        case NodeKind.NOT:
            return "not"
        case NodeKind.AND:
            return "and"
        case NodeKind.OR:
            return "or"
        case NodeKind.CONDITIONAL:
            return "conditional"
        case NodeKind.LAMBDA:
            return "lambda"
        case NodeKind.DEFINE:
            return "define"
        case NodeKind.CALL:
            return "call"
        case NodeKind.ATTRIBUTE:
            return "attribute"
        case NodeKind.INDEX | NodeKind.SLICE:
            return "index"
        case _:
            return "other"
