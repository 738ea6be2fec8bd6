"""The lexer: one token at a time, with indentation as tokens.

`advance` moves to the next token and describes it in this module's variables, which the parser reads: there is one
source and one current token. Inside brackets line ends are blanks. Relies on the scanners of literals for their inside.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Array, Text, Value, cast, need, noinline, u32
from guest.heap.spans import bytes_span, span_hash
from guest.meter.costs import TOKEN
from guest.meter.fuel import charge
from guest.syntax import line, numbers, source
from guest.syntax.characters import (
    ASCII_END,
    BACKSLASH,
    DOUBLE_QUOTE,
    HASH,
    SINGLE_QUOTE,
    SPACE,
    TAB,
    is_digit,
    is_letter,
    is_line_end,
    is_wide_letter,
)
from guest.syntax.diagnostics import refuse, say, say_char
from guest.syntax.hints import say_character_hint
from guest.syntax.keywords import keyword_of
from guest.syntax.line import begin_lines, count_byte, cross_line_end, here
from guest.syntax.numbers import float_between, scan_number
from guest.syntax.operators import operator_at
from guest.syntax.source import byte, bytes_from, char_size, code_at
from guest.syntax.strings import quote_size, scan_bytes, scan_piece, scan_string
from guest.syntax.tokens import Token
from guest.values.interning import find_interned, intern
from guest.values.text import Str, str_from_bytes

TAB_STOP = 8  # columns
MAX_INDENTS = 100  # levels
MAX_INDENT = 4095  # columns
ALTERNATE_SHIFT = 16

LETTER_B = 98
LETTER_F = 102
LETTER_R = 114
POINT = 46

# The current token, and the kind of the one before it.
kind: u32 = Token.END_OF_FILE
previous: u32 = Token.END_OF_FILE
position: u32 = 0
value: Value = UNDEFINED
# Where the token before it ends.
previous_end: u32 = 0

# A format string: how it is quoted, and whether an expression follows the text.
quote: u32 = 0
quotes: u32 = 0
is_raw: bool = False
has_more: bool = False

offset: u32 = 0  # of the next byte
brackets: u32 = 0  # open ones
line_begins: bool = True  # the next token is the first of a logical line
line_is_empty: bool = True  # no token of this logical line yet
outdents: u32 = 0  # still to be handed out

# The open levels of indentation: columns with tabs to the next multiple of eight, and with tabs as one (in the upper
# half). Lines whose order differs between the two measures mix tabs and spaces.
indents: Array[u32] | None = None
indent_count: u32 = 0


def begin(start: u32) -> None:
    """Start before the first token of the source, which begins at an offset."""
    global indents
    indents = Array[u32](MAX_INDENTS)
    begin_lines(start)
    begin_statement(start)


def begin_statement(start: u32) -> None:
    """Start before a statement at the left margin."""
    global kind, value, offset, brackets, line_begins, line_is_empty, outdents, indent_count
    kind = Token.END_OF_FILE
    value = UNDEFINED
    offset = start
    brackets = 0
    line_begins = True
    line_is_empty = True
    outdents = 0
    indent_count = 1


def end() -> None:
    """Let go of what the last token referred to."""
    global value, indents
    value = UNDEFINED
    indents = None


def name() -> Str:
    """The text of the current name, reserved word or string."""
    return cast(Str, value)


@noinline
def advance() -> None:
    """Move to the next token."""
    global kind, previous, previous_end, position, outdents, line_is_empty, line_begins, value
    charge(TOKEN)
    previous = kind
    previous_end = here(offset)
    kind = Token.ILLEGAL
    value = UNDEFINED
    if outdents != 0:
        outdents -= 1
        kind = Token.OUTDENT
        return
    if line_begins and brackets == 0:
        column = begin_line()
        position = here(offset)
        if indent_to(column):
            return
    skip_blanks()
    position = here(offset)
    if offset >= source.length:
        if line_is_empty or brackets != 0:
            kind = Token.END_OF_FILE
        else:
            end_line()
        return
    if is_line_end(byte(offset)):
        cross()
        end_line()
        return
    line_is_empty = False
    scan(byte(offset))


def end_line() -> None:
    """Make the token that ends a logical line."""
    global kind, line_begins, line_is_empty
    kind = Token.NEWLINE
    line_begins = True
    line_is_empty = True


def cross() -> None:
    """Go over a line end."""
    global offset
    offset = cross_line_end(offset)


def skip_comment() -> None:
    """Go to the end of the line."""
    global offset
    at = offset
    while at < source.length:
        current = byte(at)
        if is_line_end(current):
            break
        if current >= ASCII_END:
            count_byte(current)
        at += 1
    offset = at


def begin_line() -> u32:
    """Skip lines without tokens; the indentation of the next line, as `indents` holds it."""
    global offset, line_begins
    column: u32 = 0
    alternate: u32 = 0
    while True:
        column = 0
        alternate = 0
        while byte(offset) == SPACE or byte(offset) == TAB:
            column = column + 1 if byte(offset) == SPACE else (column | (TAB_STOP - 1)) + 1
            alternate += 1
            offset += 1
        if byte(offset) == HASH:
            skip_comment()
        if offset >= source.length:
            column = 0
            alternate = 0
            break
        if not is_line_end(byte(offset)):
            break
        cross()
    line_begins = False
    if column > MAX_INDENT:
        complain("too much indentation (at most 4095 columns)")
    return column | alternate << ALTERNATE_SHIFT


def indent_to(measured: u32) -> bool:
    """Compare a line's indentation with the open levels; True if that made a token."""
    global kind, indent_count, outdents
    levels = need(indents)
    current = levels[indent_count - 1]
    if measured == current:
        return False
    column = measured & 0xFFFF
    alternate = measured >> ALTERNATE_SHIFT
    if column > current & 0xFFFF:
        if alternate <= current >> ALTERNATE_SHIFT:
            mixed()
        if indent_count == MAX_INDENTS:
            complain("too many levels of indentation (at most 100)")
        levels[indent_count] = measured
        indent_count += 1
        kind = Token.INDENT
        return True
    if column == current & 0xFFFF or alternate >= current >> ALTERNATE_SHIFT:
        mixed()
    while levels[indent_count - 1] & 0xFFFF > column:
        indent_count -= 1
        outdents += 1
    if levels[indent_count - 1] & 0xFFFF != column:
        outdents = 0
        complain("unindent does not match any outer indentation level")
    if levels[indent_count - 1] != measured:
        mixed()
    outdents -= 1
    kind = Token.OUTDENT
    return True


def skip_blanks() -> None:
    """Skip blanks, comments and continued lines; inside brackets, line ends too."""
    global offset
    while True:
        current = byte(offset)
        if current == SPACE or current == TAB:
            offset += 1
        elif current == HASH:
            skip_comment()
        elif current == BACKSLASH:
            offset += 1
            if not is_line_end(byte(offset)):
                offset -= 1
                complain("stray backslash in program (only a line end may follow it)")
            cross()
        elif is_line_end(current) and brackets != 0:
            cross()
        else:
            return


def scan(first: u32) -> None:
    """Scan a token that begins with a byte."""
    if is_letter(first):
        if not scan_prefixed(first):
            scan_name()
    elif is_digit(first) or (first == POINT and is_digit(byte(offset + 1))):
        scan_numeral()
    elif first == DOUBLE_QUOTE or first == SINGLE_QUOTE:
        scan_text(offset, False)
    elif first >= ASCII_END and is_wide_letter(code_at(offset)):
        scan_name()
    else:
        scan_operator()


def scan_name() -> None:
    """Scan an identifier or a keyword."""
    global kind, value, offset
    start = offset
    at = start
    chars: u32 = 0
    while True:
        current = byte(at)
        if is_letter(current) or is_digit(current):
            at += 1
        elif current >= ASCII_END and is_wide_letter(code_at(at)):
            size = char_size(at)
            line.continuations += size - 1
            at += size
        else:
            break
        chars += 1
    offset = at
    found = interned_name(start, at - start, chars)
    value = Value(found)
    kind = keyword_of(found)


def interned_name(start: u32, n: u32, chars: u32) -> Str:
    """The interned string of some source bytes."""
    hash = span_hash(bytes_span(bytes_from(start)), n)
    known = find_interned(bytes_span(bytes_from(start)), n, hash)
    if known is not None:
        return known
    return intern(str_from_bytes(bytes_from(start), n, chars))


def scan_prefixed(first: u32) -> bool:
    """Scan a string with a prefix of letters (r, b, rb, br, f, rf, fr), if there is one."""
    second = byte(offset + 1)
    if second == DOUBLE_QUOTE or second == SINGLE_QUOTE:
        if first == LETTER_R:
            scan_text(offset + 1, True)
        elif first == LETTER_F:
            scan_format(offset + 1, False)
        elif first == LETTER_B:
            scan_binary(offset + 1, False)
        else:
            return False
        return True
    third = byte(offset + 2)
    if third != DOUBLE_QUOTE and third != SINGLE_QUOTE:
        return False
    if (first == LETTER_R and second == LETTER_F) or (first == LETTER_F and second == LETTER_R):
        scan_format(offset + 2, True)
    elif (first == LETTER_R and second == LETTER_B) or (first == LETTER_B and second == LETTER_R):
        scan_binary(offset + 2, True)
    else:
        return False
    return True


@noinline
def scan_text(opening: u32, raw: bool) -> None:
    """Scan a string literal with its opening quote at an offset."""
    global kind, value, offset
    text, after = scan_string(opening, raw)
    value = Value(text)
    offset = after
    kind = Token.STRING


@noinline
def scan_binary(opening: u32, raw: bool) -> None:
    """Scan a bytes literal with its opening quote at an offset."""
    global kind, value, offset
    content, after = scan_bytes(opening, raw)
    value = Value(content)
    offset = after
    kind = Token.BYTES


@noinline
def scan_format(opening: u32, raw: bool) -> None:
    """Scan the beginning of an f-string with its opening quote at an offset."""
    global kind, quote, quotes, is_raw
    quote = byte(opening)
    quotes = quote_size(opening)
    is_raw = raw
    resume_format(opening + quotes)


def resume_format(start: u32) -> None:
    """Scan the text of an f-string from an offset to its next expression or its end."""
    global kind, value, offset, has_more
    text, after, more = scan_piece(start, quote, quotes, is_raw)
    value = Value(text)
    offset = after
    has_more = more
    kind = Token.FORMAT_STRING


@noinline
def scan_numeral() -> None:
    """Scan a number."""
    global kind, value, offset
    start = offset
    offset = scan_number(start)
    if numbers.is_float:
        value = float_between(start, offset)
        kind = Token.FLOAT
    else:
        value = numbers.integer
        kind = Token.INTEGER


def scan_operator() -> None:
    """Scan an operator or a piece of punctuation, and count brackets."""
    global kind, offset, brackets
    token, size = operator_at(offset)
    match token:
        case Token.ILLEGAL:
            unexpected_character()
        case Token.LEFT_PARENTHESIS | Token.LEFT_BRACKET | Token.LEFT_BRACE:
            brackets += 1
        case Token.RIGHT_PARENTHESIS | Token.RIGHT_BRACKET | Token.RIGHT_BRACE:
            if brackets == 0:
                unopened()
            brackets -= 1
        case _:
            pass
    kind = token
    offset += size


@noinline
def complain(complaint: Text) -> NoReturn:
    """End with an error at the next byte."""
    say(complaint)
    refuse(here(offset))


@noinline
def mixed() -> NoReturn:
    """End with the error of lines that cannot be compared."""
    complain("inconsistent use of tabs and spaces in indentation")


@noinline
def unexpected_character() -> NoReturn:
    """End with the error of a character that begins no token."""
    code = code_at(offset)
    say("unexpected input character '")
    say_char(code)
    say("'")
    say_character_hint(code)
    refuse(here(offset))


@noinline
def unopened() -> NoReturn:
    """End with the error of a closing bracket without an opening one."""
    say("unexpected '")
    say_char(byte(offset))
    complain("' (no bracket is open here)")
