"""The built-ins as the machine calls them: signatures parsed at boot, numbers, and the two ways to call one.

The library registers functions with a text such as `sorted(iterable, /, *, key?, reverse?)`; boot parses each text into
a Signature and packs what a plain call must check into one word, its shape. `x?` is optional; `!` after the parentheses asks for
the wording "want exactly" when the number of arguments is wrong. A plain call runs on the caller's own registers;
anything else goes through `binding.py`.

    shape   required | positional << 8 | all parameters << 16 | more than positional parameters << 24
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Text,
    Value,
    cast,
    inline,
    need,
    noinline,
    table_call,
    table_size,
    table_text,
    text_byte,
    text_length,
    u32,
)
from guest.heap import roots
from guest.heap.frames import clear_registers, set_callee, window_end
from guest.heap.value import class_of, is_pointer, pointer_of
from guest.heap.views import Registers, register, registers_after, set_register
from guest.machine.binding import (
    POSITIONAL_ONLY_SHIFT,
    bind,
    check_required,
    describe_builtin,
    open_window,
)
from guest.machine.pause import pause_if_due
from guest.values.function import EXACT, KWARGS, VARARGS, Builtin, Signature
from guest.values.interning import intern
from guest.values.text import Str, new_str
from guest.values.tuple import Tuple, tuple_from

POSITIONAL_SHIFT = 8
COUNT_SHIFT = 16
SPECIAL = 1 << 24
FIELD = 255
MAX_PARAMETERS = 32
NO_OWNER = 0xFFFFFFFF

COMMA, SLASH, STAR, QUESTION, OPEN, CLOSE, DOT, SPACE = 44, 47, 42, 63, 40, 41, 46, 32
EXCLAMATION = 33

# By number: the shapes of built-in functions and of methods, and their Builtin objects (methods without a receiver).
builtin_shapes: Array[u32] | None = None
method_shapes: Array[u32] | None = None
builtin_objects: Array[Value] | None = None
method_objects: Array[Value] | None = None
# By number of a built-in function: the prelude's function that takes its calls with keyword arguments, or undefined.
twins: Array[Value] | None = None


def shape_of(signature: Signature) -> u32:
    """What a plain call must check, in one word."""
    count = u32(len(signature.parameters.items))
    special = SPECIAL if count != signature.positional else 0
    return signature.required | signature.positional << POSITIONAL_SHIFT | count << COUNT_SHIFT | special


@noinline
def call_function(window: Registers, builtin: Builtin, given: u32) -> None:
    """Call a built-in with `given` positional arguments in `window`; the result replaces the callee before it."""
    number = builtin.number
    if builtin.receiver != UNDEFINED:
        call_bound(window, builtin, given, None, 0)
        return
    shape = need(builtin_shapes)[number]
    if not fits_shape(shape, given):
        call_bound(window, builtin, given, None, 0)
        return
    top = roots.vm_top
    count = shape >> COUNT_SHIFT
    end = window_end(window, count)
    if end > top:
        open_window(end)
    clear_registers(window, given, count)
    set_callee(window, table_call("builtin", number, window))
    roots.vm_top = top


@inline
def fits_shape(shape: u32, given: u32) -> bool:
    """Whether a call with so many positional arguments and nothing else is plain."""
    return shape < SPECIAL and given >= shape & FIELD and given <= (shape >> POSITIONAL_SHIFT) & FIELD


@inline
def call_method(window: Registers, number: u32, given: u32) -> None:
    """Call a method on the receiver in the first register of `window`, which its result replaces."""
    shape = need(method_shapes)[number]
    if not fits_shape(shape, given):
        call_method_bound(window, number, given)
        return
    top = roots.vm_top
    count = 1 + (shape >> COUNT_SHIFT)
    end = window_end(window, count)
    if end > top:
        open_window(end)
    clear_registers(window, 1 + given, count)
    set_register(window, 0, table_call("method", number, window))
    roots.vm_top = top


@noinline
def call_method_bound(window: Registers, number: u32, given: u32) -> None:
    """`call_method` for a number of arguments that has to be bound, or refused."""
    builtin = cast(Builtin, need(method_objects)[number])
    receiver = register(window, 0)
    bound = Builtin(number=number, name=builtin.name, receiver=receiver, signature=builtin.signature)
    call_bound(registers_after(window, 1), bound, given, None, 0)


@noinline
def call_bound(window: Registers, builtin: Builtin, given: u32, names: Tuple | None, spread: u32) -> None:
    """Call a built-in with arguments of any kind; the result replaces the callee before `window`."""
    top = roots.vm_top
    describe_builtin(builtin.name, builtin.signature)
    is_method = builtin.receiver != UNDEFINED
    start = bind(window, given, names, spread, u32(is_method))
    check_required(registers_after(start, u32(is_method)), builtin.name, builtin.signature)
    if is_method:
        set_register(start, 0, builtin.receiver)
        set_callee(window, table_call("method", builtin.number, start))
    else:
        set_callee(window, table_call("builtin", builtin.number, start))
    roots.vm_top = top
    pause_if_due(window)


@inline
def receiver_class(receiver: Value) -> u32:
    """The class by which a value's methods are found; 0, which has none, for what is no object."""
    return class_of(pointer_of(receiver)) if is_pointer(receiver) else 0


# Signatures, at boot.


def parse_builtins() -> None:
    """Make the Builtin objects and shapes of everything that is registered."""
    global builtin_shapes, method_shapes, builtin_objects, method_objects
    functions = Array[Value](table_size("builtin"))
    shapes = Array[u32](table_size("builtin"))
    for i in range(table_size("builtin")):
        builtin = parse_builtin(i, table_text("builtin", i), 0)
        functions[i] = Value(builtin)
        shapes[i] = shape_of(builtin.signature)
    builtin_objects = functions
    builtin_shapes = shapes
    methods = Array[Value](table_size("method"))
    shapes = Array[u32](table_size("method"))
    for i in range(table_size("method")):
        builtin = parse_builtin(i, table_text("method", i), owner_end(table_text("method", i)) + 1)
        methods[i] = Value(builtin)
        shapes[i] = shape_of(builtin.signature)
    method_objects = methods
    method_shapes = shapes


def parse_builtin(number: u32, text: Text, start: u32) -> Builtin:
    """A Builtin from a registration such as `str.find(sub, start?, end?, /)`, whose name begins at `start`."""
    end = start
    while text_byte(text, end) != OPEN:
        end += 1
    name = intern(text_part(text, start, end))
    signature = parse_signature(text, end + 1)
    return Builtin(number=number, name=name, receiver=UNDEFINED, signature=signature)


def owner_end(text: Text) -> u32:
    """Where the type or namespace before the last dot of a registered name ends; NO_OWNER if there is no dot."""
    end: u32 = NO_OWNER
    for at in range(text_length(text)):
        if text_byte(text, at) == OPEN:
            break
        if text_byte(text, at) == DOT:
            end = at
    return end


def parse_signature(text: Text, start: u32) -> Signature:
    """The parameters between the parentheses of a registration, and the mark behind them; `start` is after the first."""
    names = Array[Value](MAX_PARAMETERS)
    count: u32 = 0
    required: u32 = 0
    positional: u32 = 0
    flags: u32 = 0
    starred = False
    at = start
    while text_byte(text, at) != CLOSE:
        end = item_end(text, at)
        stars: u32 = 0
        while text_byte(text, at + stars) == STAR:
            stars += 1
        if text_byte(text, at) == SLASH:
            flags |= positional << POSITIONAL_ONLY_SHIFT
        elif at + stars == end:
            starred = True
        else:
            optional = text_byte(text, end - 1) == QUESTION
            names[count] = Value(intern(text_part(text, at + stars, end - 1 if optional else end)))
            count += 1
            if stars == 1:
                flags |= VARARGS
                starred = True
            elif stars == 2:
                flags |= KWARGS
            elif not starred:
                positional += 1
                if not optional:
                    required += 1
        at = end
        while text_byte(text, at) == COMMA or text_byte(text, at) == SPACE:
            at += 1
    if at + 1 < text_length(text) and text_byte(text, at + 1) == EXCLAMATION:
        flags |= EXACT
    parameters = tuple_from(names, 0, count)
    return Signature(parameters=parameters, required=required, positional=positional, flags=flags)


def item_end(text: Text, start: u32) -> u32:
    """Where the parameter that begins at `start` ends."""
    at = start
    while text_byte(text, at) != COMMA and text_byte(text, at) != CLOSE:
        at += 1
    return at


def text_part(text: Text, start: u32, end: u32) -> Str:
    """The ASCII bytes of a static text from `start` to `end`."""
    result = new_str(end - start, end - start)
    for i in range(end - start):
        result.data[i] = text_byte(text, start + i)
    return result
