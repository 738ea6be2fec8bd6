"""The built-in `glob`: shell-style patterns for paths and host names, compiled to the automata of regular expressions.

A glob always matches the whole text. Everything is matched in linear time.

    *        any run of characters without a slash, perhaps none       ?        one character that is no slash
    **       any run of characters, slashes included                   [a-z]    one of these; [!a-z] or [^a-z]: one of the others,
    **/      at the beginning or after a slash: any number of                   but never a slash
             whole segments, perhaps none                              {a,b*}   one of the alternatives, which are globs
    \\x       the character x itself

A dot means nothing special: `*.example.com` matches `a.b.example.com`, and `*` matches `.profile`.
"""

from guest.compiler.language import Object, Value, cast, inline, registered, u32
from guest.heap.value import from_bool
from guest.heap.views import Registers, register
from guest.library.arguments import str_argument, wrong_type
from guest.library.regex.instructions import Action, Assertion, emit
from guest.library.regex.marks import (
    BACKSLASH,
    CARET,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COMMA,
    DASH,
    EXCLAMATION,
    OPEN_BRACE,
    OPEN_BRACKET,
    QUESTION,
    SLASH,
    STAR,
)
from guest.library.regex.pattern import (
    NO_CHARACTER,
    Pattern,
    peek,
    peek_second,
    refuse_piece,
    size_of,
    take_character,
)
from guest.library.regex.pieces import (
    NO_GROUP,
    UNLIMITED,
    Parser,
    check_size,
    emit_atom,
    emit_class,
    end_group,
    next_alternative,
    parser_new,
    pop_group,
    push_group,
    repeat,
)
from guest.library.regex.program import Regex, compile_program
from guest.library.regex.search import matches_at_start
from guest.library.regex.sets import CodePoints, add_range, code_points_new, negate
from guest.meter.costs import REGEX_CHARACTER
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_text
from guest.values.repr import repr_into
from guest.values.text import Str, str_equal, str_hash

HASH_MARK = 0x1B873593  # so that a glob and its text have different hashes


class Glob(Object):
    """A compiled glob; its program begins and ends with the text."""

    regex: Regex


@registered("builtin", "glob(pattern, /)")
def builtin_glob(arguments: Registers) -> Value:
    """A compiled glob; a compiled one is itself."""
    given = register(arguments, 0)
    if isinstance(given, Glob):
        return given
    if not isinstance(given, Str):
        wrong_type("glob", "pattern", given, "string")
    parser = parse_glob(cast(Str, given))
    regex = compile_program(cast(Str, register(arguments, 0)), parser.draft, parser.names)
    return Value(Glob(regex=regex))


@inline
def receiver_glob(arguments: Registers) -> Glob:
    """The glob whose method is called."""
    return cast(Glob, register(arguments, 0))


@registered("attribute", "glob.pattern")
def glob_pattern(arguments: Registers) -> Value:
    """The pattern as it was given."""
    return Value(receiver_glob(arguments).regex.pattern)


@registered("method", "glob.match(text, /)")
def glob_match(arguments: Registers) -> Value:
    """Whether the glob matches the whole text."""
    text = str_argument(arguments, 1, "match", "text")
    return from_bool(matches_at_start(receiver_glob(arguments).regex, text))


# Reading a glob.


def parse_glob(text: Str) -> Parser:
    """Read a glob; the parser has its program."""
    parser = parser_new(Pattern(text=text, at=0, function="glob"))
    emit_atom(parser, Action.ASSERT, Assertion.TEXT_START)
    # The alternatives of braces must not take in what asserts that the text begins and ends.
    push_group(parser, NO_GROUP, 0)
    p = parser.pattern
    outermost = parser.depth
    while p.at < size_of(p):
        charge(REGEX_CHARACTER)
        read_glob_piece(parser, outermost)
        check_size(parser)
    if parser.depth != outermost:
        refuse_piece(p, "missing closing }", parser.opened_at, size_of(p))
    pop_group(parser)
    emit_atom(parser, Action.ASSERT, Assertion.TEXT_END)
    end_group(parser)
    emit(parser.draft, Action.MATCH, 0, 0)
    check_size(parser)
    return parser


def read_glob_piece(parser: Parser, outermost: u32) -> None:
    """Read one character of a glob, and what belongs to it."""
    p = parser.pattern
    start = p.at
    in_braces = parser.depth != outermost
    byte = peek(p)
    if byte == STAR:
        read_stars(parser)
    elif byte == OPEN_BRACKET:
        emit_class(parser, read_glob_class(p))
    elif byte == QUESTION:
        p.at += 1
        emit_class(parser, all_but_slash())
    elif byte == OPEN_BRACE:
        p.at += 1
        push_group(parser, NO_GROUP, start)
    elif byte == CLOSE_BRACE and in_braces:
        p.at += 1
        pop_group(parser)
    elif byte == COMMA and in_braces:
        p.at += 1
        next_alternative(parser)
    else:
        emit_atom(parser, Action.CHAR, read_glob_character(p))


def read_glob_character(p: Pattern) -> u32:
    """Read a character that stands for itself, perhaps after a backslash."""
    if peek(p) == BACKSLASH:
        p.at += 1
        if peek(p) == NO_CHARACTER:
            refuse_piece(p, "trailing backslash", p.at - 1, p.at)
    return take_character(p)


def read_stars(parser: Parser) -> None:
    """Read stars: one, two, or two that stand for whole segments with their slash. More than two are two."""
    p = parser.pattern
    start = p.at
    while peek(p) == STAR:
        charge(REGEX_CHARACTER)
        p.at += 1
    if p.at == start + 1:
        emit_class(parser, all_but_slash())
        repeat(parser, 0, UNLIMITED, False)
        return
    segments = peek(p) == SLASH and (start == 0 or p.text.data[start - 1] == SLASH)
    if segments:
        p.at += 1
        push_group(parser, NO_GROUP, start)
    emit_atom(parser, Action.ANY, 0)
    repeat(parser, 0, UNLIMITED, False)
    if segments:
        emit_atom(parser, Action.CHAR, SLASH)
        pop_group(parser)
        repeat(parser, 0, 1, False)


def all_but_slash() -> CodePoints:
    """The set of what a star stands for."""
    set = code_points_new()
    add_range(set, SLASH, SLASH)
    negate(set)
    return set


def read_glob_class(p: Pattern) -> CodePoints:
    """Read `[...]`. A closing bracket that comes first stands for itself, and so does a dash at either end."""
    start = p.at
    set = code_points_new()
    p.at += 1
    negated = peek(p) == EXCLAMATION or peek(p) == CARET
    if negated:
        p.at += 1
    first = True
    while first or peek(p) != CLOSE_BRACKET:
        charge(REGEX_CHARACTER)
        first = False
        read_glob_range(p, set, start)
    p.at += 1
    # The slash is taken out of either kind: negated twice, what was added to the others is missing from these.
    if not negated:
        negate(set)
    add_range(set, SLASH, SLASH)
    negate(set)
    return set


def read_glob_range(p: Pattern, set: CodePoints, class_start: u32) -> None:
    """Read a character of a class, or two with a dash between them, and add what they stand for."""
    start = p.at
    if peek(p) == NO_CHARACTER:
        refuse_piece(p, "missing closing ]", class_start, size_of(p))
    low = read_glob_character(p)
    high = low
    if peek(p) == DASH and peek_second(p) != CLOSE_BRACKET and peek_second(p) != NO_CHARACTER:
        p.at += 1
        high = read_glob_character(p)
        if high < low:
            refuse_piece(p, "invalid character class range", start, p.at)
    add_range(set, low, high)


# What operators do with globs.


def hash_glob(glob: Glob) -> u32:
    """The hash of a glob is made from its pattern's."""
    return str_hash(glob.regex.pattern) ^ HASH_MARK


def same_glob(a: Glob, b: Glob) -> bool:
    """Whether two globs have the same pattern."""
    return str_equal(a.regex.pattern, b.regex.pattern)


def repr_glob(b: Builder, glob: Glob) -> None:
    """Append the call that makes the glob."""
    add_text(b, "glob(")
    repr_into(b, Value(glob.regex.pattern))
    add_text(b, ")")
