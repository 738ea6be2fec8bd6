"""The configuration of a bundle or program: a JSON object, the first file of the block.

    bundle    {"entry": "main.star", "hit_policy": "first", "default": ..., "options": ["while"], "seed": 7}
    program   {"options": ["while"], "args": ...}

The host has checked it against the user's files; what is wrong here is the host's mistake.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Text, Value, cast, noinline, u32
from guest.heap.value import is_small, small
from guest.library.json_decode import decode_document
from guest.machine.blob import file_at
from guest.machine.exchange import input_bytes
from guest.meter.errors import Kind
from guest.syntax.options import Option
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_get
from guest.values.failure import say, stop_as
from guest.values.interning import intern_text
from guest.values.list import List
from guest.values.text import Str, text_equal


def read_configuration() -> Dict:
    """The first file, decoded."""
    file = file_at(0)
    value = decode_document(input_bytes(), file.start, file.start + file.length)
    if not isinstance(value, Dict):
        wrong("the configuration", value)
    return cast(Dict, value)


def setting(configuration: Dict, name: Text) -> Value:
    """A setting; UNDEFINED if it is absent."""
    return dict_get(configuration, Value(intern_text(name)))


def read_options(configuration: Dict) -> u32:
    """The dialect's options as bits."""
    given = setting(configuration, "options")
    if given == UNDEFINED:
        return 0
    if not isinstance(given, List):
        wrong("options", given)
    names = cast(List, given)
    options: u32 = 0
    for i in range(names.count):
        options |= option_bit(names.items[i])
    return options


def option_bit(name: Value) -> u32:
    """The bit of an option, by the name that starlark-go gives it."""
    if isinstance(name, Str):
        text = cast(Str, name)
        if text_equal(text, "set"):
            return Option.SET
        if text_equal(text, "while"):
            return Option.WHILE
        if text_equal(text, "recursion"):
            return Option.RECURSION
        if text_equal(text, "toplevelcontrol"):
            return Option.TOPLEVEL_CONTROL
        if text_equal(text, "globalreassign"):
            return Option.GLOBAL_REASSIGN
    wrong("option", name)


def read_seed(configuration: Dict) -> u32:
    """The seed of the dicts' indexes; 0 if it is absent."""
    given = setting(configuration, "seed")
    if given == UNDEFINED:
        return 0
    if not is_small(given):
        wrong("seed", given)
    return u32(small(given))


@noinline
def wrong(what: Text, value: Value) -> NoReturn:
    """End with the error of a setting that cannot be."""
    say("configuration: ")
    say(what)
    say(" cannot be ")
    if value == UNDEFINED:
        say("absent")
    else:
        say_repr(value)
    stop_as(Kind.INTERNAL)
