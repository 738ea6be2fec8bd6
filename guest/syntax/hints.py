"""Hints for those who know another language: what to write instead of a word or a character that is not Starlark.

The tables are glossaries (`values/glossary.py`). The lexer, the parser and the resolver add a hint to the message that they
are composing, behind what is wrong.
"""

from __future__ import annotations

from guest.compiler.language import Text, noinline, text_byte, u32
from guest.syntax.characters import LINE_FEED
from guest.syntax.diagnostics import say, say_char
from guest.values.glossary import find_hint
from guest.values.text import Str

# Names that are not defined where they are used.
NAMES = (
    "null: use None\n"
    "nil: use None\n"
    "undefined: use None\n"
    "NULL: use None\n"
    "NaN: use float('nan')\n"
    "inf: use float('inf')\n"
    "this: there are no classes; rules are functions of the event\n"
    "self: there are no classes; rules are functions of the event\n"
    "super: there are no classes; rules are functions of the event\n"
    "isinstance: compare type(x) with a name: type(x) == 'string'\n"
    "issubclass: there are no classes\n"
    "object: there are no classes; use struct or a dict\n"
    "map: use a list comprehension: [f(x) for x in xs]\n"
    "filter: use a list comprehension: [x for x in xs if f(x)]\n"
    "reduce: use a for loop\n"
    "sum: use a for loop\n"
    "round: use math.round(x)\n"
    "pow: use math.pow(x, y)\n"
    "divmod: use x // y and x % y\n"
    "bin: there is no bin()\n"
    "hex: use '%x' % n\n"
    "oct: use '%o' % n\n"
    "ascii: use repr(x)\n"
    "format: use x.format(...) or the % operator\n"
    "iter: use a for loop\n"
    "next: use a for loop\n"
    "frozenset: use set(x); values are frozen when their file has loaded\n"
    "bytearray: use bytes(x)\n"
    "complex: there are no complex numbers\n"
    "callable: compare type(x) with 'function'\n"
    "id: values have no identity\n"
    "input: rules have no input but the event\n"
    "open: rules read no files; use data(path) for data of the bundle\n"
    "eval: programs cannot make code\n"
    "exec: programs cannot make code\n"
    "compile: programs cannot make code\n"
    "globals: variables cannot be enumerated\n"
    "locals: variables cannot be enumerated\n"
    "vars: use dir(x)\n"
    "setattr: attributes cannot be set; use a dict\n"
    "delattr: attributes cannot be set; use a dict\n"
    "Exception: there are no exceptions; use fail(message)\n"
    "ValueError: there are no exceptions; use fail(message)\n"
    "TypeError: there are no exceptions; use fail(message)\n"
    "KeyError: there are no exceptions; use fail(message)\n"
    "throw: there are no exceptions; use fail(message)\n"
    "re: use regex(pattern)\n"
    "os: rules see nothing but the event and data(path)\n"
    "sys: rules see nothing but the event and data(path)\n"
    "random: rules are deterministic: there are no random numbers\n"
    "datetime: use the module time\n"
    "console: use print(...)\n"
    "echo: use print(...)\n"
    "printf: use print('...' % values)\n"
    "puts: use print(...)\n"
    "req: the event is the parameter of a rule's function\n"
    "request: the event is the parameter of a rule's function\n"
    "event: the event is the parameter of a rule's function\n"
    "decimal: use float(x) or integers\n"
    "Decimal: use float(x) or integers\n"
    "unicode: use str(x)\n"
    "long: use int(x)\n"
    "xrange: use range(...)\n"
    "string: use str(x)\n"
    "integer: use int(x)\n"
    "double: use float(x)\n"
    "rule: rules are declared in bundles, not in programs\n"
    "data: data files belong to bundles, not to programs\n"
    "assert_eq: assertions are for the bundle's tests, tests/*.star\n"
    "assert_fails: assertions are for the bundle's tests, tests/*.star\n"
    "boolean: use bool(x)\n"
    "array: use a list: [1, 2]\n"
    "contains: use the operator in: x in y\n"
    "length: use len(x)\n"
    "lenght: use len(x)\n"
    "size: use len(x)\n"
)

# Names in front of a statement that goes on where it should end.
STATEMENTS = (
    "var: variables need no declaration: write name = value\n"
    "let: variables need no declaration: write name = value\n"
    "const: variables need no declaration: write name = value\n"
    "val: variables need no declaration: write name = value\n"
    "function: functions begin with def\n"
    "func: functions begin with def\n"
    "fn: functions begin with def\n"
    "fun: functions begin with def\n"
    "define: functions begin with def\n"
    "elsif: use elif\n"
    "elseif: use elif\n"
    "unless: use if not\n"
    "until: use while not, with the option while\n"
    "foreach: use for x in xs\n"
    "switch: use if, elif and else\n"
    "match: use if, elif and else\n"
    "case: use if, elif and else\n"
    "then: a colon ends the condition\n"
    "print: a call needs parentheses: print(x)\n"
    "fail: a call needs parentheses: fail(message)\n"
    "rule: a call needs parentheses: rule(name, when = ..., then = ...)\n"
    "throw: there are no exceptions; use fail(message)\n"
    "exec: programs cannot make code\n"
    "include: use load(path, name)\n"
    "require: use load(path, name)\n"
    "export: every global whose name does not begin with _ can be loaded\n"
    "type: there are no type declarations\n"
    "struct: a struct is made by a call: struct(name = value)\n"
    "public: every global whose name does not begin with _ can be loaded\n"
    "private: a global whose name begins with _ cannot be loaded\n"
)

# Words of Python that no name may be.
RESERVED = (
    "as: load(path, alias = 'name') renames\n"
    "assert: use if with fail(message)\n"
    "async: rules do not wait for anything\n"
    "await: rules do not wait for anything\n"
    "class: there are no classes; use struct or a dict\n"
    "del: use x.pop(key)\n"
    "except: errors cannot be caught; test before, as with x.get(key)\n"
    "finally: errors cannot be caught\n"
    "from: use load(path, name)\n"
    "global: a global cannot be rebound in a function; return the new value\n"
    "import: use load(path, name); json, math and time need none\n"
    "is: compare with == or !=\n"
    "nonlocal: a variable of an outer function cannot be rebound; change a list or dict in it\n"
    "raise: use fail(message)\n"
    "try: errors cannot be caught; test before, as with x.get(key)\n"
    "with: there are no resources to close\n"
    "yield: there are no generators; return a list\n"
)


@noinline
def say_hint(table: Text, word: Str) -> bool:
    """Add what a table says about a word, in parentheses; False if it does not have the word."""
    at = find_hint(table, word)
    if at == 0:
        return False
    say(" (")
    while text_byte(table, at) != LINE_FEED:
        say_char(text_byte(table, at))
        at += 1
    say(")")
    return True


@noinline
def say_character_hint(code: u32) -> None:
    """Add what to write instead of a character that begins no token."""
    match code:
        case 0x2018 | 0x2019 | 0x201A | 0x201C | 0x201D | 0x201E | 0xAB | 0xBB:
            say(" (a typographic quote: write \" or ')")
        case 0x2010 | 0x2011 | 0x2012 | 0x2013 | 0x2014 | 0x2212:
            say(" (a typographic dash: write -)")
        case 0x2026:
            say(" (an ellipsis: write what is meant)")
        case 0xD7 | 0x22C5:
            say(" (write *)")
        case 0xF7:
            say(" (write / or //)")
        case 0x2260:
            say(" (write !=)")
        case 0x2264:
            say(" (write <=)")
        case 0x2265:
            say(" (write >=)")
        case 0x2192:
            say(" (write -> or :)")
        case 0xA0 | 0x2007 | 0x2009 | 0x200B | 0x202F | 0x3000:
            say(" (a space that is no plain space, or one without width: write a plain space)")
        case 0x21:  # !
            say(" (write not)")
        case 0x24:  # $
            say(" (names have no sigil, and f-strings no $)")
        case 0x3F:  # ?
            say(" (a conditional is x if condition else y)")
        case 0x60:  # `
            say(" (a string is written with \" or ')")
        case _:
            pass
