"""Faults in the text that the compiler made: each is something that it could get wrong, and the proof refuses the guest because of it.

`test_broken_passes.py` plants faults in the compiler instead. `docs/proofs.md` lists both.
"""

from __future__ import annotations

import pytest

from guest.compiler.build import Guest
from tests.compiler.harness import LINES_BEFORE
from tests.compiler.proven_guest import SOURCE, edited, refused

BARRIER = [
    (r"\(i32\.ge_u \(i32\.sub \(local\.get \$p\).*", ""),
    (r"if", ""),
    (r"\(call \$heap\.barrier\.remember \(local\.get \$p\)\)", ""),
    (r"end", ""),
]
SAVE_P = r"\(i64\.store \(local\.get \$shadow\) \(i64\.extend_i32_u \(local\.get \$p\)\)\)"
RELOAD_P = r"\(local\.set \$p \(i32\.load \(local\.get \$shadow\)\)\)"
TOP = r"\(i32\.store offset=8 \(i32\.const 0\) .*\)"

EDITS = [
    ("a barrier is dropped", "sample.link", BARRIER, "stored into p without a barrier"),
    (
        "a barrier is elided although the object's allocation is followed by a collection",
        "sample.late",
        BARRIER,
        "without a barrier, and p is not proven new here",
    ),
    (
        "an element's barrier names another element",
        "sample.put",
        [(r"( *\(call \$heap\.barrier\.remember_element \(local\.get \$a\)) .*", r"\1 (local.get $a))")],
        "stored into a without a barrier",
    ),
    (
        "the barrier's test is for another space",
        "sample.link",
        [(r"( *\(i32\.ge_u .*)\(i32\.const \d+\)\)", r"\1(i32.const 8))")],
        "stored into p without a barrier",
    ),
    (
        "nobody is told that a root changed",
        "sample.hold",
        [(r"\(i32\.store offset=\d+ \(i32\.const 0\) \(i32\.const 1\)\)", "")],
        "stored in sample.kept without a note that the roots changed",
    ),
    ("a pointer is not saved", "sample.two", [(SAVE_P, "")], "slot of the shadow stack that holds no"),
    (
        "a pointer is saved and not reloaded",
        "sample.two",
        [(RELOAD_P, "")],
        "p is used after a call that may collect, and was not reloaded",
    ),
    (
        "a pointer is reloaded from another one's slot",
        "sample.two",
        [(RELOAD_P, "(local.set $p (i32.load offset=8 (local.get $shadow)))")],
        "p is reloaded from the slot that holds q",
    ),
    (
        "a slot holds an older value than the local",
        "sample.two",
        [(SAVE_P, r"\g<0> (local.set $p (i32.const 0))")],
        "p is reloaded from the slot that holds an older value",
    ),
    (
        "a number is saved for the collector",
        "sample.two",
        [(SAVE_P, "(i64.store (local.get $shadow) (i64.extend_i32_u (local.get $n)))")],
        "something else than a pointer or Value is saved",
    ),
    (
        "the shadow stack's top is not set before a call",
        "sample.late",
        [(TOP, ""), (TOP, "")],
        "without setting the shadow stack's top",
    ),
    (
        "the top is not set again on one way through a loop",
        "sample.looped",
        [(TOP, ""), (TOP, "")],
        "without setting the shadow stack's top",
    ),
    (
        "the top leaves a live slot to the callee",
        "sample.two",
        [(SAVE_P, r"\g<0>"), (TOP, "(i32.store offset=8 (i32.const 0) (local.get $shadow))")],
        "p is reloaded from a slot that the collector did not see",
    ),
    (
        "the top covers a slot that holds garbage",
        "sample.two",
        [(TOP, "(i32.store offset=8 (i32.const 0) (i32.add (local.get $shadow) (i32.const 16)))")],
        "would see a slot of the shadow stack that holds no reference",
    ),
    (
        "a frame begins where the last callee's ended",
        "sample.two",
        [
            (r"\(local\.set \$shadow .*", ""),
            (r"\(local\.set \$make .*", r"\g<0> (local.set $shadow (i32.load offset=8 (i32.const 0)))"),
        ],
        "taken elsewhere than on entry",
    ),
    (
        "a recursion does not look at the shadow stack's limit",
        "sample.deep",
        [(r"\(if \(i32\.gt_u .*", "")],
        "sample.deep can call itself, and no check of the shadow stack is on the way",
    ),
    (
        "a recursion looks too late",
        "sample.deep",
        [
            (
                r"\(if \(i32\.gt_u \(local\.get \$shadow\) .*",
                "(if (i32.gt_u (local.get $shadow) (i32.const 1048570)) (then unreachable))",
            )
        ],
        "bytes of shadow stack, and checks for 6",
    ),
    (
        "an object is too small for its class",
        "sample.early",
        [
            (r"(.*)\(i32\.const 32\)\)\)", r"\1(i32.const 24)))"),
            (r"(.*)\(i32\.const 32\)\)\)", r"\1(i32.const 24)))"),
        ],
        "pair is a Pair of 32 bytes, and 24 are allocated",
    ),
    (
        "the slow path gives fewer bytes than are bumped",
        "sample.early",
        [(r"(.*allocate_slow) \(i32\.const 32\)\)\)", r"\1 (i32.const 24)))")],
        "allocated without the limit test, or with two sizes",
    ),
    (
        "a header names another class",
        "sample.early",
        [(r"(\(i64\.store \(local\.get \$\w+\)) \(i64\.const \d+\)\)", r"\1 (i64.const 0))")],
        "is a Pair, and its header says no class",
    ),
    (
        "a field of a new object is garbage",
        "sample.early",
        [(r"\(i64\.store offset=16 .*", "")],
        "may be seen half made: nothing is stored at offset 16",
    ),
    (
        "an allocation does not test the limit",
        "sample.early",
        [(r"(\(i32\.gt_u .*)\(i32\.load offset=\d+ \(i32\.const 0\)\)\)", r"\1(i32.const -1))")],
        "allocated without the limit test",
    ),
    (
        "an array's size is computed for smaller elements",
        "sample.chars",
        [(r"(.*)\(i32\.const 19\)(.*)", r"\1(i32.const 18)\2")],
        "is not that of a Chars with so many elements",
    ),
    (
        "a new array keeps an element of garbage",
        "sample.eight",
        [(r"\(i64\.store offset=16 .*", "")],
        "may be seen half made: nothing is stored at offset 16",
    ),
    (
        "an address is copied to a number and used after a collection",
        "sample.two",
        [
            (r"\(local\.set \$p .*", r"\g<0> (local.set $n (i32.add (local.get $p) (i32.const 8)))"),
        ],
        "n is used after a call that may collect",
    ),
    (
        "what handles a failure relies on the top that the failed call left",
        "sample.guarded",
        [
            (
                r"\(return \(i32\.const 7\)\)",
                "(local.set $n (call $sample.deep (local.get $n) (i32.const 0))) (return (local.get $n))",
            )
        ],
        "without setting the shadow stack's top",
    ),
    (
        "the host's entry is called from inside",
        "sample.link",
        [(r"if", r"if\n (local.set $p (call $sample.start (i32.const 1)))")],
        "sample.start is exported: its slots would overwrite those of its caller",
    ),
    (
        "a reference is stored in a field that is not traced",
        "sample.link",
        [(r"\(i32\.store offset=24 (.*)", r"(i32.store offset=28 \1")],
        "stored in Pair at offset 28, which is not traced",
    ),
    (
        "raw memory is written outside guest/heap/",
        "sample.link",
        [
            (
                r"\(i32\.store offset=24 (.*)",
                r"\g<0> (i32.store (i32.mul (i32.const 3) (i32.const 8)) (i32.const 1))",
            )
        ],
        "sample.link writes raw memory (i32.store): it is not in guest/compiler/proof/trust.py",
    ),
    (
        "a value waits on the operand stack while a call is made",
        "sample.two",
        [(r"\(local\.set \$make .*", r"(local.get $n) \g<0>")],
        "the result of local.get stays on the operand stack",
    ),
    (
        "something is called that cannot be followed",
        "sample.two",
        [(r"\(local\.set \$make .*", r"(call_indirect (i32.const 0)) \g<0>")],
        "the instruction call_indirect is not known to the proof",
    ),
]


@pytest.mark.parametrize(("function", "edits", "message"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_a_fault_in_the_text_is_refused(
    guest: Guest, function: str, edits: list[tuple[str, str]], message: str
) -> None:
    found = refused(guest, edited(guest, function, edits))
    assert any(message in error for error in found), "\n".join(found)


def test_a_new_object_needs_no_barrier(guest: Guest) -> None:
    """Not a fault: nothing can collect between `early`'s allocation and its store."""
    assert refused(guest, edited(guest, "sample.early", BARRIER)) == []


def test_a_fault_names_file_line_and_function(guest: Guest) -> None:
    line = LINES_BEFORE + 1 + SOURCE[: SOURCE.index("p.next = q")].count("\n")
    found = refused(guest, edited(guest, "sample.link", BARRIER))
    assert found == [
        f"sample.py:{line}:1: in sample.link: a reference is stored into p without a barrier, and p is not proven new here"
    ]
