"""Pausing a program whose print buffer has filled, so that the host can write the text out.

The remaining fuel is set aside, which ends the slice at the next instruction as if it had been spent, so the interpreter
loop needs no test of its own; resuming gives it back.
"""

from guest.compiler.language import i64
from guest.library import printing
from guest.meter import fuel

PRINT_TARGET = 16 * 1024
"""Bytes of printed text at which a program pauses."""

streaming: bool = False
set_aside: i64 = 0


def begin_streaming() -> None:
    """From now on a full print buffer pauses the program."""
    global streaming, set_aside
    streaming = True
    set_aside = 0


def pause_when_full() -> None:
    """Pause before the next instruction if enough has been printed. Called after a built-in has run."""
    global set_aside
    if streaming and printing.print_length >= PRINT_TARGET:
        set_aside += fuel.remaining
        fuel.remaining = 0


def give_back() -> None:
    """Go on with the fuel that was set aside."""
    global set_aside
    fuel.remaining += set_aside
    set_aside = 0
