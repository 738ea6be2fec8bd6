"""Taking back additions to a dict: what makes an update of many entries happen with its whole price paid or not at all.

Relies on the layout of dicts. An update notes the dict before its first change; when a charge fails on the way, the entries
added so far are taken out again, so that the instruction costs the same when it is executed again. Values that were replaced
need no undoing, for they are replaced again. No rule runs during an update, so one note is enough.
"""

from guest.compiler.language import UNDEFINED, need
from guest.values.dict import Dict, dict_new
from guest.values.dict_index import remove_after

noted: Dict | None = None
# What the noted dict had: its fields.
before: Dict | None = None


def note(d: Dict) -> None:
    """Remember a dict as it is now: an update of it begins."""
    global noted, before
    noted = d
    fields = dict_new(0)
    fields.count = d.count
    fields.used = d.used
    fields.entries = d.entries
    fields.index = d.index
    before = fields


def forget() -> None:
    """The update is complete."""
    global noted, before
    noted = None
    before = None


def take_back() -> None:
    """Remove what was added to the noted dict since then, if an update is under way."""
    d = noted
    if d is None:
        return
    fields = need(before)
    entries = fields.entries
    index = fields.index
    used = fields.used
    for i in range(2 * used, len(entries)):
        entries[i] = UNDEFINED
    if index is not None:
        remove_after(index, used)
    d.count = fields.count
    d.used = used
    d.entries = entries
    d.index = index
    forget()
