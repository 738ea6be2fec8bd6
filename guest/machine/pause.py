"""Pauses that a built-in asks for: its evaluation stops before the next instruction, and goes on when the host has done its part.

Either the print buffer of a program has filled, and the host writes the text out; or a rule called a function of the host
(`host_calls.py`), and the host puts the answer where the call left its callee. Ending the slice as if its fuel had been spent
does it, so the interpreter loop needs no test of its own.
"""

from guest.compiler.language import u32
from guest.heap.views import Registers
from guest.library import printing
from guest.meter.fuel import end_slice

PRINT_TARGET = 16 * 1024
"""Bytes of printed text at which a program pauses."""

streaming: bool = False

# Not zero: a call waits for the host's answer, which replaces the callee before this window.
awaits_answer: u32 = 0
answer_window: Registers = Registers(0)


def begin_streaming() -> None:
    """From now on a full print buffer pauses the program."""
    global streaming
    streaming = True


def forget_answer() -> None:
    """Nothing waits for an answer."""
    global awaits_answer
    awaits_answer = 0


def await_answer() -> None:
    """The built-in that is running has asked the host. The last thing that it does: it can be undone until then."""
    global awaits_answer
    awaits_answer = 1


def pause_if_due(window: Registers) -> None:
    """Pause before the next instruction, if there is a reason to. Called after the built-in before `window` has run."""
    global answer_window
    if awaits_answer != 0:
        answer_window = window
        end_slice()
    elif streaming and printing.print_length >= PRINT_TARGET:
        end_slice()
