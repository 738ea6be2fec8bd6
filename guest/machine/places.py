"""Places in source files: which line an instruction comes from.

A code's positions are pairs (word offset, packed position) in order of offset; an instruction has that of the last pair at or
before it. Packed positions are explained in `guest/values/function.py`.
"""

from guest.compiler.language import cast, i64, u32
from guest.heap import frames
from guest.heap.frames import callee_of
from guest.heap.views import CodePointer, code_offset
from guest.values.failure import say, say_int, say_str
from guest.values.function import COLUMN_BITS, MAX_COLUMN, Code, Function
from guest.values.text import Str


def position_at(code: Code, pc: CodePointer) -> u32:
    """The packed position of the instruction at `pc`."""
    offset = code_offset(pc, code.words)
    positions = code.positions
    low: u32 = 0
    high = u32(len(positions)) // 2
    while low < high:
        middle = (low + high) // 2
        if positions[2 * middle] <= offset:
            low = middle + 1
        else:
            high = middle
    return positions[2 * low - 1] if low != 0 else code.position


def current_code() -> Code:
    """The code of the running frame."""
    return cast(Function, callee_of(frames.current_base)).code


def current_position() -> u32:
    """The packed position of the current instruction."""
    return position_at(current_code(), frames.current_pc)


def current_path() -> Str:
    """The file of the current instruction."""
    return current_code().module.path


def say_place(path: Str, position: u32) -> None:
    """Append `path:line:column` to the message that is being composed."""
    say_str(path)
    say(":")
    say_int(i64(position >> COLUMN_BITS))
    say(":")
    say_int(i64(position & MAX_COLUMN))
