"""The names of local variables, kept for those who look at a function while it is suspended (`guest/machine/whereabouts.py`).

Relies on what the assembler noted about assignment, and on the bindings, which have their registers by now. Nothing here
adds an instruction: a variable is known to have a value where its reads need no test, or because its register was cleared
for the sake of a test elsewhere.
"""

from __future__ import annotations

from guest.compiler.language import Array, Object, Value, need, noinline, u32, u64
from guest.syntax import assembler
from guest.syntax.assembler import NO_REGISTER, TRACKED, code_size
from guest.syntax.scope import Binding, Scope
from guest.values.function import IN_CELL, QUADRUPLE, TRIPLE, Locals
from guest.values.tuple import tuple_new


class Inner(Object):
    """A variable of a comprehension, and the words of code in which it lives."""

    binding: Binding
    start: u32
    end: u32
    next: Inner | None


first_inner: Inner | None = None
inner_count: u32 = 0


@noinline
def begin_inner() -> None:
    """A new function: no comprehension has been emitted."""
    global first_inner, inner_count
    first_inner = None
    inner_count = 0


@noinline
def note_inner(scope: Scope, start: u32) -> None:
    """A comprehension ends, whose variables have lived since the word `start`. Those of inner ones were noted before."""
    global first_inner, inner_count
    at = scope.first
    while at is not None:
        first_inner = Inner(binding=at, start=start, end=code_size(), next=first_inner)
        inner_count += 1
        at = at.next


@noinline
def finished_locals(scope: Scope, parameters: u32, shift: u32) -> Locals | None:
    """What is to be known of the function that has been emitted, for code that begins with `shift` words of prologue."""
    others = scope.count - parameters + scope.free_count + inner_count
    if others == 0 and not overwrites():
        return None
    names = tuple_new(scope.count + scope.free_count + inner_count)
    cleared = assembler.checked
    at = scope.first
    while at is not None:
        names.items[at.index] = Value(at.name)
        if at.captured and at.index < TRACKED:
            cleared = cleared | u64(1) << u64(at.index)
        at = at.next
    free = scope.first_free
    while free is not None:
        names.items[scope.count + free.index] = Value(free.name)
        free = free.next
    inner = Array[u32](TRIPLE * inner_count)
    number: u32 = 0
    life = first_inner
    while life is not None:
        names.items[scope.count + scope.free_count + number] = Value(life.binding.name)
        inner[TRIPLE * number] = life.binding.index | (IN_CELL if life.binding.captured else 0)
        inner[TRIPLE * number + 1] = life.start + shift
        inner[TRIPLE * number + 2] = life.end + shift
        number += 1
        life = life.next
    return Locals(names=names, cleared=cleared, known=shifted(shift), inner=inner)


def overwrites() -> bool:
    """Whether a variable's register holds intermediate results somewhere."""
    noted = need(assembler.known)
    at: u32 = 0
    while at < noted.count:
        if noted.items[at + QUADRUPLE - 1] != NO_REGISTER:
            return True
        at += QUADRUPLE
    return False


def shifted(shift: u32) -> Array[u32]:
    """The assembler's quadruples with their final offsets."""
    noted = need(assembler.known)
    result = Array[u32](noted.count)
    at: u32 = 0
    while at < noted.count:
        result[at] = noted.items[at] + shift
        for i in range(1, QUADRUPLE):
            result[at + i] = noted.items[at + i]
        at += QUADRUPLE
    return result
