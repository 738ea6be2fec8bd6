"""`fail`: an error of the rule's own, whose arguments the host gets as data and not only as a message.

`fail("limit exceeded", {"code": 17})` has the message `fail: limit exceeded {"code": 17}`; and because an argument is
more than text, the error object carries `"values": ["limit exceeded", {"code": 17}]` (`guest/machine/report.py`).
What has no JSON is told in the message alone.
"""

from guest.compiler.language import Failure, Value, noinline, registered, u32
from guest.heap.views import Registers, register
from guest.library.arguments import tuple_argument
from guest.library.json_writer import write_portable_json
from guest.library.printing import add_arguments
from guest.meter import errors
from guest.meter.errors import Kind, stop_with
from guest.values.builder import builder_new, finish
from guest.values.failure import forget_message, say, say_str, stop
from guest.values.text import Str

MOST_BYTES = 64 * 1024  # of the data; a larger error would make a bad output line

# The JSON of the arguments of the `fail` that ended the evaluation.
values: Str | None = None


def forget_values() -> None:
    """An evaluation begins."""
    global values
    if values is not None:
        values = None


@registered("builtin", "fail(*args, sep?)")
def builtin_fail(arguments: Registers) -> Value:
    """End with an error whose message is the arguments, separated by `sep`."""
    builder = builder_new()
    add_arguments(builder, arguments, "fail")
    message = finish(builder)
    keep_values(arguments)
    say("fail: ")
    say_str(message)
    stop()


@noinline
def keep_values(arguments: Registers) -> None:
    """Encode the arguments, if any is more than text and all have JSON."""
    structured: u32 = 0
    for i in range(len(tuple_argument(arguments, 0).items)):
        if not isinstance(tuple_argument(arguments, 0).items[i], Str):
            structured = 1
    if structured == 0:
        return
    try:
        encode_values(arguments)
    except Failure:
        if errors.kind != Kind.RULE:
            stop_with(errors.kind)
        forget_message()


def encode_values(arguments: Registers) -> None:
    """Encode the arguments, or fail as `json.encode` does."""
    global values
    b = builder_new()
    write_portable_json(b, register(arguments, 0))
    text = finish(b)
    if len(text.data) <= MOST_BYTES:
        values = text
