"""Booting: what every isolate starts from, made once when the guest is built.

Tables, buffers, built-ins, methods, the driver and the prelude are made and frozen; the memory as it is then is the base
image.
"""

from guest.compiler.language import i64, u32
from guest.heap.allocate import forget_statistics
from guest.heap.frames import drop_frames
from guest.heap.freeze import freeze_all
from guest.library import output
from guest.library.type_names import prepare_type_names
from guest.machine.blob import forget_files
from guest.machine.builtins import parse_builtins
from guest.machine.driver import make_driver
from guest.machine.exchange import reserve_records
from guest.machine.names import declare_methods, declare_universe
from guest.machine.prelude import load_prelude
from guest.meter import fuel
from guest.values.prepare import prepare_values

BOOT_FUEL = 1_000_000_000
"""More than booting ever needs."""


def make_image(size: u32) -> None:
    """Make everything; the first `size` bytes of input are the block of the prelude's files."""
    fuel.remaining = i64(BOOT_FUEL)
    prepare_values()
    prepare_type_names()
    parse_builtins()
    declare_universe()
    declare_methods()
    make_driver()
    output.room_for(0)
    reserve_records(1)
    load_prelude(size)
    forget_files()
    drop_frames()
    freeze_all()
    forget_statistics()
    fuel.remaining = 0
