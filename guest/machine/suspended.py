"""What a suspended evaluation consists of, for the host to copy: the parts that the machine knows of, then the heap's own.

While an evaluation is suspended nothing is on the WebAssembly stack and no input is being read; of the buffers between host and
guest, only what was printed and a request to the host are alive. `guest/heap/delta.py` lists the pieces and explains them.
"""

from guest.compiler.language import Array, cast, u8, u32
from guest.heap import delta, frames
from guest.heap.delta import add_buffer, add_heap, add_object, begin_delta
from guest.heap.frames import callee_of, caller_base, frame_depth
from guest.heap.views import Registers
from guest.library import output, printing
from guest.machine import exchange
from guest.machine.exchange import RECORD_WORDS
from guest.values import failure
from guest.values.function import Function

RECORD_BYTES = 4 * RECORD_WORDS


def list_delta() -> u32:
    """List the pieces of memory that the suspended evaluation may have changed; their number."""
    begin_delta()
    keep_text(exchange.input_buffer, 0)
    keep_text(output.buffer, output.output_length)
    keep_text(printing.buffer, printing.print_length)
    keep_text(failure.message, failure.message_length)
    records = exchange.records
    if records is not None:
        # A request to the host is told in the first one.
        add_buffer(records, RECORD_BYTES)
    if frame_depth() != 0:
        add_active(frames.current_base)
        for depth in range(1, frame_depth()):
            add_active(caller_base(depth))
    add_heap()
    return delta.piece_count


def keep_text(buffer: Array[u8] | None, used: u32) -> None:
    """Of a buffer, its text alone is worth keeping."""
    if buffer is not None:
        add_buffer(buffer, used)


def add_active(base: Registers) -> None:
    """The code of a frame is marked as active (see `evaluation.abandon`); the image does not have it so."""
    add_object(cast(Function, callee_of(base)).code)
