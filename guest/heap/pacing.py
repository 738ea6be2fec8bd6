"""Pacing: when a cycle of the old space begins, and how much of it is due for every byte that becomes old.

Everything is counted in bytes; the clock plays no part. Let, when a cycle begins,

    H   the bytes in use in the old space,
    R   the room: bytes that are free or that the memory may still grow by, without what the mark list has borrowed,
    W   the work of the cycle: marking looks at each byte that is alive once, sweeping counts less than each byte
        that is there once, and what becomes old meanwhile (born black, below the sweep's end or beyond it) is at most swept.

For each byte that becomes old the cycle does `rate` bytes of work. So that no step is long, up to `slack` bytes of work may
be due and yet wait when a young collection begins; more than half of that is made up for in equal parts, one for each slice
of the nursery, and where slices are too few, at once. So a cycle ends before g bytes have become old, when

    rate * g - slack >= 2 H + g,     that is     g <= (2 H + slack) / (rate - 1).

With slack = rate * (R / 8 less a nursery, or 0) and

    rate = max(LOWEST_RATE, 4 H / R + 2)                                          (choose_rate)

the first part is at most R / 2 and the second at most R / 6, so a cycle ends while a third of the room is left: a collection
ends before the memory does. That third covers what is not in the inequality: marking waits for a young collection to
end, the nursery that is collected then, and a mark list that overflowed is made up for by walks over the heap. It holds
two nurseries if there is room for eight beside what is alive; in a smaller room the world may be stopped.

A cycle begins when the bytes that became old since the last one's marking ended, its debt, exceed either of

    allowance = max(MINIMUM_ALLOWANCE, bytes alive after the last cycle)
    half of the room that is left                                                 (cycle_is_due)

so without a tight limit the collector does at most a constant number of bytes of work for each byte that becomes old
(W <= 2 H + g with H <= 2 alive + g and debt >= alive), and with a tight one the same constant times H / R.

When the room is nearly gone all the same (one allocation may be larger than R, or the rate would have to be above
HIGHEST_RATE), the world is stopped and everything is collected at once. If that leaves less than 1/HEADROOM of the live
bytes free, the evaluation has run out of memory: otherwise it would collect the whole heap for every few objects it
makes, and be slower by any factor before it failed anyway.
"""

from __future__ import annotations

from guest.compiler.language import u32, u64
from guest.heap import old
from guest.heap.layout import KIB, NURSERY_SIZE
from guest.heap.old import growable_room
from guest.heap.statistics import add_live

MINIMUM_ALLOWANCE = 4096 * KIB
LOWEST_RATE = 4
HIGHEST_RATE = 1024
HEADROOM = 16
# Bytes of work done without a break while there is time for it: 0.1 ms, or 0.5 if every one is a cache miss.
LARGEST_STEP = 64 * KIB
SLACK_SHIFT = 3  # work may lag behind by what this part of the room owes (an eighth)
LARGEST_DEBT = 0x4000_0000  # so that sums of debts are 32-bit numbers

# Bytes that became old since the last marking ended, and how many may before the next cycle.
debt: u32 = 0
allowance: u32 = MINIMUM_ALLOWANCE
# Not zero: something became old in this evaluation.
grown: u32 = 0
# Bytes alive when the last cycle ended.
alive: u32 = 0
# Bytes of work for every byte that becomes old, and bytes of work that are due. Both 0 between cycles.
rate: u32 = 0
due: u32 = 0
# What may be due and yet wait.
slack: u32 = 0


def cycle_is_due(more: u32) -> bool:
    """Whether a cycle is to begin before `more` bytes become old."""
    enough = min(allowance, room() // 2)
    return more > enough or debt > enough - more


def room() -> u32:
    """Bytes that are free in the old space, or could be."""
    return old.free_bytes + growable_room()


def add_debt(size: u32) -> None:
    """So many bytes became old: a running cycle owes work for them."""
    global debt, due, grown
    debt += size
    grown |= size
    owed = u64(size) * u64(rate) + u64(due)
    due = u32(min(owed, u64(LARGEST_DEBT)))
    add_live(size)


def pay(work: u32) -> None:
    """So much of what was due has been done."""
    global due
    due -= min(work, due)


def choose_rate(in_use: u32) -> None:
    """A cycle begins, with so many bytes in use."""
    global rate, due, slack
    wanted = 4 * u64(in_use) // u64(max(room(), 1)) + 2
    rate = u32(min(max(wanted, u64(LOWEST_RATE)), u64(HIGHEST_RATE)))
    due = 0
    spare = room() >> SLACK_SHIFT
    spare -= min(spare, u32(NURSERY_SIZE))
    slack = u32(min(u64(rate) * u64(spare), u64(LARGEST_DEBT)))


def next_step(share: u32) -> u32:
    """The work to do now: a share of what is due, in small steps as long as the lag allows it."""
    return max(min(due // share + 1, u32(LARGEST_STEP)), due - min(due, slack))


def slice_step(slices: u32) -> u32:
    """The work of one slice of the nursery, of which so many are left: with the last one, what may wait is half of the slack.

    So the next young collection finds the other half unused, and nothing has to be done at once.
    """
    return max(min(due // slices + 1, u32(LARGEST_STEP)), (due - min(due, slack >> 1)) // slices)


def begin_debt() -> None:
    """Marking has ended: what becomes old from here on is a debt towards the next cycle."""
    global debt
    debt = 0


def grant_allowance(live: u32) -> None:
    """A cycle has ended, with so many bytes alive."""
    global allowance, alive, rate, due
    alive = live
    allowance = max(live, u32(MINIMUM_ALLOWANCE))
    rate = 0
    due = 0


def forget_debt() -> None:
    """Between evaluations: what the next one finds is not its own."""
    global debt, grown
    debt = 0
    grown = 0
    grant_allowance(0)


def too_full() -> bool:
    """After everything has been collected at once: whether so little is free that collecting again would not pay."""
    return room() < alive // HEADROOM
