"""Persistent state: the built-in `persistent()`, and how what it declares is told from the frozen rest of a bundle.

Loading freezes everything. Then each persistent dict gets a mutable copy of what it holds (`guest/library/deep_copy.py`), so that
it shares nothing that can change with the bundle's frozen globals. The dicts themselves are permanent objects, and the only
ones that rules can write to; what they hold is ordinary and mortal. `guest/heap/session.py` keeps it from event to event.
"""

from guest.compiler.language import Value, cast, need, registered, u32
from guest.heap import session
from guest.heap.freeze import settle_image
from guest.heap.state import is_frozen, thaw
from guest.heap.views import Registers, register
from guest.library.arguments import refuse, wrong_type
from guest.library.deep_copy import begin_copying, copy_content, end_copying
from guest.machine.exchange import MAX_RECORDS, reserve_records
from guest.values.dict import PERSISTENT, Dict
from guest.values.list import List, list_append, list_new

MOST_DICTS = 256
"""Persistent dicts of a bundle: each is a root of every collection, and bundles need a few."""

# While a bundle loads: its persistent dicts. None outside, where `persistent` is refused.
declared: List | None = None
# Whether the bundle has any.
is_stateful: u32 = 0


def begin_persistence() -> None:
    """A bundle starts to load: nothing is declared yet."""
    global declared, is_stateful
    declared = list_new(0)
    is_stateful = 0


@registered("builtin", "persistent(x, /)")
def builtin_persistent(arguments: Registers) -> Value:
    """Declare a dict as state that survives from event to event in a session; gives it back."""
    global is_stateful
    given = register(arguments, 0)
    known = declared
    if known is None:
        refuse("persistent", "state is declared while the bundle loads: do it at the top level of a module")
    if not isinstance(given, Dict):
        wrong_type("persistent", "x", given, "dict")
    state = cast(Dict, given)
    if is_frozen(state):
        refuse("persistent", "the dict is frozen (data, or a global of a loaded file): copy it with dict(x)")
    if state.identity & PERSISTENT == 0:
        if known.count == MOST_DICTS:
            refuse("persistent", "a bundle may declare at most 256 persistent dicts: one may hold others")
        list_append(known, given)
        # `list_append` may collect.
        state = cast(Dict, register(arguments, 0))
        state.identity |= PERSISTENT
        is_stateful = 1
    return register(arguments, 0)


def release_state() -> None:
    """The bundle has loaded and is frozen: give each persistent dict its mutable content."""
    global declared
    states = need(declared)
    declared = None
    if states.count == 0:
        return
    begin_copying()
    for i in range(states.count):
        copy_content(cast(Dict, states.items[i]))
    end_copying()
    for i in range(states.count):
        thaw(cast(Dict, states.items[i]))
    settle_image()


def begin_session() -> None:
    """State stays from here on. The table that a batch needs is made now, while there is room."""
    reserve_records(MAX_RECORDS)
    session.open_session()
