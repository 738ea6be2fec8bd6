"""The map of the linear memory: every fixed address of the guest, as constants.

    CONTROL_BASE     control block: module variables, and the shadow stack's top at SHADOW_TOP
    STATIC_BASE      static data: texts, tables, the tracing and root tables; written by the compiler
    VM_STACK_BASE    registers of the rule functions that are running; roots
    FRAME_STACK_BASE return records of the interpreter; no references
    SHADOW_BASE      pointers that guest code holds across a call that may collect; roots
    MARK_STACK_BASE  work list of the marker when nothing larger is free
    REMEMBERED_BASE  old objects that may refer to young ones
    SLOTS_BASE       elements of large old arrays that may do so
    TABLES_BASE      the old space's free lists and extents
    NURSERY_START    young space: bump allocation
    OLD_START        old space, to the end of the memory, which grows

Only the last area's end moves. So everything is at the same place in every isolate, and the host, the tests
and a debugger find it by this file alone; the compiler places variables and static data by it.
"""

from __future__ import annotations

KIB = 1024
PAGE = 64 * KIB  # a Wasm page

CONTROL_BASE = 0
CONTROL_SIZE = 4 * KIB
# The word that tells the collector where the shadow stack ends; the compiler places module variables behind it.
SHADOW_TOP = 8

STATIC_BASE = CONTROL_BASE + CONTROL_SIZE
STATIC_LIMIT = 256 * KIB

VM_STACK_BASE = STATIC_LIMIT
VM_STACK_SIZE = 512 * KIB  # 65,536 registers
VM_STACK_LIMIT = VM_STACK_BASE + VM_STACK_SIZE

FRAME_STACK_BASE = VM_STACK_LIMIT
FRAME_STACK_SIZE = 128 * KIB
FRAME_STACK_LIMIT = FRAME_STACK_BASE + FRAME_STACK_SIZE

SHADOW_BASE = FRAME_STACK_LIMIT
SHADOW_SIZE = 128 * KIB
SHADOW_LIMIT = SHADOW_BASE + SHADOW_SIZE

MARK_STACK_BASE = SHADOW_LIMIT
MARK_STACK_SIZE = 64 * KIB
MARK_STACK_LIMIT = MARK_STACK_BASE + MARK_STACK_SIZE

REMEMBERED_BASE = MARK_STACK_LIMIT
REMEMBERED_SIZE = 128 * KIB  # 32,768 objects
REMEMBERED_LIMIT = REMEMBERED_BASE + REMEMBERED_SIZE

SLOTS_BASE = REMEMBERED_LIMIT
SLOTS_SIZE = 64 * KIB  # 8,192 elements
SLOTS_LIMIT = SLOTS_BASE + SLOTS_SIZE

# Free lists, by power of two of the block size: the first block of each, then the bytes in each.
TABLES_BASE = SLOTS_LIMIT
BIN_COUNT = 32
BIN_HEADS = TABLES_BASE
BIN_BYTES = BIN_HEADS + 4 * BIN_COUNT
# Holes in the permanent part of the old space: pairs of start and end.
EXTENT_LIMIT = 512
EXTENTS_BASE = BIN_BYTES + 4 * BIN_COUNT
# The next ones, while a freeze finds them.
FOUND_EXTENTS_BASE = EXTENTS_BASE + 8 * EXTENT_LIMIT
# Permanent objects that were written to after they had become permanent.
MUTATED_LIMIT = 1024
MUTATED_BASE = FOUND_EXTENTS_BASE + 8 * EXTENT_LIMIT
# The word that names the first region of a promotion.
FIRST_REGION = MUTATED_BASE + 4 * MUTATED_LIMIT
# What the collector counts of its pauses, a row for each kind (`statistics.py`).
PAUSES_BASE = FIRST_REGION + 8
PAUSE_ROW = 144
PAUSES_SIZE = 5 * PAUSE_ROW
TABLES_LIMIT = TABLES_BASE + 64 * KIB

NURSERY_START = TABLES_LIMIT
NURSERY_SIZE = 512 * KIB  # half of a core's second cache; copying all of it takes about half a millisecond
NURSERY_END = NURSERY_START + NURSERY_SIZE
# Anything larger is born old: copying it would cost more than its share of the young space saves.
LARGE_OBJECT = NURSERY_SIZE // 4
# Anything larger is refused whatever the memory limit; the compiler asks for more when a size overflows.
LARGEST_OBJECT = 1 << 30

OLD_START = NURSERY_END
INITIAL_PAGES = OLD_START // PAGE + 4  # what wat/memory.wat declares

# Every object begins at a multiple of this, and so do the blocks between them.
ALIGNMENT = 8

# What the dead are overwritten with under stress and in the debug guest: as a class it is none, as a forwarding word it is
# none, and as a state it is neither visited nor permanent, so that the walker takes no pointer into the dead for a good one.
POISON = 0x5F
