"""Binding the arguments of a call to the parameters of its callee: positional, keyword, `*args`, `**kwargs`.

Used when a call is not plain. The bound values go to fresh registers above the stack's top, so the caller's registers are
untouched until everything is bound and paid for, and a call that runs out of fuel can be executed again. Names are
interned, so parameters are found by comparing pointers. Errors are worded as starlark-go words them.

    the caller's registers   positional ... | keyword values ... | *args | **kwargs
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, i64, need, noinline, u32, u64
from guest.heap import roots
from guest.heap.frames import clear_registers, frame_fits, raise_water, window_above, window_end
from guest.heap.views import Registers, register, registers_after, set_register
from guest.library.iterables import as_sequence, is_iterable, sequence_count, sequence_item
from guest.meter.fuel import charge
from guest.values.charges import charge_items
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_find, dict_new, dict_put, entry_key, entry_value
from guest.values.failure import say, say_int, say_str, stop, stop_saying
from guest.values.function import EXACT, KWARGS, PRELUDE, VARARGS, Code, Function, Signature
from guest.values.suggest import say_suggestion
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new
from guest.values.types import say_type

ABSENT = 0xFFFFFFFF
POSITIONAL_ONLY_SHIFT = 8
"""Signature.flags holds the number of positional-only parameters from this bit on."""
SPREAD_ARGS = 1
SPREAD_KWARGS = 2

# The callee whose call is being bound; binding never nests.
name: Str | None = None
parameters: Tuple | None = None
native: bool = False
positional: u32 = 0
positional_only: u32 = 0
required_count: u32 = 0
keywords_start: u32 = 0
keywords_end: u32 = 0
args_at: u32 = ABSENT
kwargs_at: u32 = ABSENT
has_optional: bool = False
exact: bool = False


def describe_code(code: Code) -> None:
    """A rule function: positional, keyword-only, *args, **kwargs."""
    global name, parameters, native, positional, positional_only, keywords_start, keywords_end
    global args_at, kwargs_at, has_optional, required_count, exact
    name = code.name
    required_count = code.positional - code.optional
    has_optional = code.optional != 0
    parameters = code.parameters
    native = code.flags & PRELUDE != 0
    exact = False
    positional = code.positional
    positional_only = 0
    keywords_start = code.positional
    keywords_end = code.positional + code.keyword_only
    at = keywords_end
    args_at = ABSENT
    kwargs_at = ABSENT
    if code.flags & VARARGS != 0:
        args_at = at
        at += 1
    if code.flags & KWARGS != 0:
        kwargs_at = at


def describe_builtin(builtin_name: Str, signature: Signature) -> None:
    """A built-in: positional, *args, keyword-only, **kwargs, in the order of its text."""
    global name, parameters, native, positional, positional_only, keywords_start, keywords_end
    global args_at, kwargs_at, required_count, exact
    name = builtin_name
    required_count = signature.required
    parameters = signature.parameters
    native = True
    exact = signature.flags & EXACT != 0
    positional = signature.positional
    positional_only = signature.flags >> POSITIONAL_ONLY_SHIFT
    count = u32(len(signature.parameters.items))
    keywords_start = signature.positional
    keywords_end = count
    args_at = ABSENT
    kwargs_at = ABSENT
    if signature.flags & VARARGS != 0:
        args_at = signature.positional
        keywords_start += 1
    if signature.flags & KWARGS != 0:
        kwargs_at = count - 1
        keywords_end -= 1


def takes_nothing(function: Function) -> bool:
    """Whether a rule function can be called without any argument."""
    code = function.code
    if code.positional != code.optional:
        return False
    for i in range(code.optional, code.optional + code.keyword_only):
        if function.defaults.items[i] == UNDEFINED:
            return False
    return True


def open_window(end: u32) -> None:
    """Raise the stack's top to `end`, or fail because calls are too deep."""
    if not frame_fits(end) and not raise_water(end):
        too_deep()
    roots.vm_top = end


@noinline
def too_deep() -> NoReturn:
    """End with the error of a stack that is full."""
    stop_saying("call stack too deep")


def bind(window: Registers, given: u32, names: Tuple | None, spread: u32, room: u32) -> Registers:
    """Bind a call of the described callee; the bound registers, `room` after the first of which is parameter 0.

    `window` holds `given` positional arguments, one value for each of `names`, then what `spread` says.
    """
    start = window_above()
    count = u32(len(need(parameters).items))
    open_window(window_end(start, room + count))
    clear_registers(start, 0, room + count)
    bound = registers_after(start, room)
    keyword_count = u32(0) if names is None else u32(len(names.items))
    star_at = given + keyword_count
    if count == 0 and keyword_count != 0 and not native:
        too_many(star_at)
    bind_positional(bound, window, given, star_at if spread & SPREAD_ARGS != 0 else ABSENT)
    if kwargs_at != ABSENT:
        set_register(bound, kwargs_at, Value(dict_new(0)))
    for i in range(keyword_count):
        bind_keyword(bound, cast(Str, need(names).items[i]), register(window, given + i))
    if spread & SPREAD_KWARGS != 0:
        bind_mapping(bound, register(window, star_at + (spread & SPREAD_ARGS)))
    return start


def bind_positional(bound: Registers, window: Registers, given: u32, star_at: u32) -> None:
    """Place the positional arguments, those of `*args` included; what is left over goes to the callee's *args."""
    sequence = UNDEFINED
    extra: u32 = 0
    if star_at != ABSENT:
        sequence = register(window, star_at)
        if not is_iterable(sequence):
            say("argument after * must be iterable, not ")
            say_type(sequence)
            stop()
        sequence = as_sequence(sequence, "*", "args")
        if sequence_count(sequence) > 0xFFFFFF:
            stop_saying("too many arguments after *")
        extra = u32(sequence_count(sequence))
        charge_items(extra)
    total = given + extra
    if total > positional and args_at == ABSENT:
        too_many(total)
    for i in range(min(total, positional)):
        set_register(bound, i, register(window, i) if i < given else sequence_item(sequence, u64(i - given)))
    if args_at != ABSENT:
        rest = tuple_new(total - positional if total > positional else 0)
        for i in range(u32(len(rest.items))):
            at = positional + i
            rest.items[i] = register(window, at) if at < given else sequence_item(sequence, u64(at - given))
        set_register(bound, args_at, Value(rest))


def bind_keyword(bound: Registers, keyword: Str, value: Value) -> None:
    """Place one keyword argument."""
    at = parameter_named(Value(keyword))
    if at != ABSENT:
        if register(bound, at) != UNDEFINED:
            repeated(keyword)
        set_register(bound, at, value)
        return
    if kwargs_at == ABSENT:
        unexpected(keyword)
    extra = cast(Dict, register(bound, kwargs_at))
    if dict_find(extra, Value(keyword)) >= 0:
        repeated(keyword)
    dict_put(extra, Value(keyword), value)


def parameter_named(keyword: Value) -> u32:
    """The register of the parameter that a keyword may set, or ABSENT."""
    names = need(parameters)
    for i in range(positional_only, positional):
        if names.items[i] == keyword:
            return i
    for i in range(keywords_start, keywords_end):
        if names.items[i] == keyword:
            return i
    return ABSENT


def bind_mapping(bound: Registers, mapping: Value) -> None:
    """Place the arguments of `**kwargs`."""
    if not isinstance(mapping, Dict):
        say("argument after ** must be a mapping, not ")
        say_type(mapping)
        stop()
    entries = cast(Dict, mapping)
    charge_items(entries.used)
    for i in range(entries.used):
        key = entry_key(entries, i)
        if key != UNDEFINED:
            if not isinstance(key, Str):
                say("keywords must be strings, not ")
                say_type(key)
                stop()
            charge(u32(len(need(parameters).items)))
            bind_keyword(bound, cast(Str, key), entry_value(entries, i))


def fill_defaults(bound: Registers, function: Function) -> None:
    """Complete the bound registers of a rule function from its defaults; name what is missing."""
    code = function.code
    required = code.positional - code.optional
    missing: u32 = 0
    for i in range(code.positional + code.keyword_only):
        if register(bound, i) == UNDEFINED:
            value = UNDEFINED if i < required else function.defaults.items[i - required]
            if value == UNDEFINED:
                missing += 1
            set_register(bound, i, value)
    if missing != 0:
        missing_arguments(bound, code, missing)


@noinline
def missing_arguments(bound: Registers, code: Code, missing: u32) -> NoReturn:
    """End with the error of a call without some required arguments."""
    if code.flags & PRELUDE != 0:
        missing_argument(code.name, first_unset(bound))
    say("function ")
    say_str(code.name)
    say(" missing ")
    say_int(i64(missing))
    say(" argument (" if missing == 1 else " arguments (")
    told: u32 = 0
    for i in range(code.positional + code.keyword_only):
        if register(bound, i) == UNDEFINED:
            if told != 0:
                say(", ")
            say_str(cast(Str, code.parameters.items[i]))
            told += 1
    say(")")
    stop()


def check_required(bound: Registers, builtin_name: Str, signature: Signature) -> None:
    """Refuse a call of a built-in without some required argument."""
    for i in range(signature.required):
        if register(bound, i) == UNDEFINED:
            if positional_only >= signature.required and positional == len(signature.parameters.items):
                wrong_count(i, signature.required)
            missing_argument(builtin_name, signature.parameters.items[i])


@noinline
def missing_argument(builtin_name: Str, parameter: Value) -> NoReturn:
    """End with the error of a built-in that lacks the argument for a parameter."""
    say_str(builtin_name)
    say(": missing argument for ")
    say_str(cast(Str, parameter))
    stop()


def first_unset(bound: Registers) -> Value:
    """The name of the first parameter of the described callee that has no value."""
    names = need(parameters)
    at: u32 = 0
    while register(bound, at) != UNDEFINED:
        at += 1
    return names.items[at]


def wrong_count(given: u32, wanted: u32) -> NoReturn:
    """End with the error of a built-in that takes another number of arguments; `wanted` is the limit that is broken."""
    say_str(need(name))
    say(": got ")
    say_int(i64(given))
    say(" arguments, want ")
    if wanted < positional:
        say("at least ")
    elif required_count < positional or positional_only != len(need(parameters).items):
        say("at most ")
    elif exact:
        say("exactly ")
    say_int(i64(wanted))
    stop()


@noinline
def too_many(given: u32) -> NoReturn:
    """End with the error of more positional arguments than parameters, or of any for a function without parameters."""
    if native:
        wrong_count(given, positional)
    say("function ")
    say_str(need(name))
    if len(need(parameters).items) == 0:
        say(" accepts no arguments (")
    else:
        say(" accepts ")
        if has_optional:
            say("at most ")
        say_int(i64(positional))
        say(" positional argument (" if positional == 1 else " positional arguments (")
    say_int(i64(given))
    say(" given)")
    stop()


@noinline
def repeated(keyword: Str) -> NoReturn:
    """End with the error of a parameter that was set twice."""
    if native:
        say_str(need(name))
        say(": got multiple values for keyword argument ")
    else:
        say("function ")
        say_str(need(name))
        say(" got multiple values for parameter ")
    say_repr(Value(keyword))
    stop()


@noinline
def unexpected(keyword: Str) -> NoReturn:
    """End with the error of a keyword that names no parameter."""
    if native:
        say_str(need(name))
        if positional_only == len(need(parameters).items):
            say(": unexpected keyword arguments")
            stop()
        say(": unexpected keyword argument ")
    else:
        say("function ")
        say_str(need(name))
        say(" got an unexpected keyword argument ")
    say_repr(Value(keyword))
    if parameters_named(keyword) == 0:
        say_suggestion(keyword, need(parameters))
    stop()


def parameters_named(keyword: Str) -> u32:
    """How many parameters have this very name, and yet cannot be set by it."""
    names = need(parameters)
    count: u32 = 0
    for i in range(len(names.items)):
        if names.items[i] == Value(keyword):
            count += 1
    return count
