"""The words of compiled code: how many an instruction has, and where in the source it stands.

For analyses that go through the code of a loaded bundle without running it.
"""

from guest.compiler.language import u32
from guest.heap.operands import operand_b
from guest.syntax.opcode import KEYED_PER_WORD, Op
from guest.values.function import Code


def size_of(word: u32) -> u32:
    """How many words an instruction has."""
    match word & 255:
        case (
            Op.GET_CELL
            | Op.GET_FREE
            | Op.LOAD_SYMBOL
            | Op.INDEX_SLOT
            | Op.SET_INDEX_SLOT
            | Op.ATTRIBUTE
            | Op.GET
        ):
            return 2
        case (
            Op.GET_SLOT | Op.SET_ATTRIBUTE | Op.CALL_SLOT | Op.CALL_METHOD | Op.CALL_SPREAD | Op.MAKE_FUNCTION
        ):
            return 2
        case Op.DICT_ADD_SLOT | Op.NEXT | Op.NEXT_LOOP:
            return 2
        case Op.MAKE_KEYED:
            return 2 + (operand_b(word) + KEYED_PER_WORD - 1) // KEYED_PER_WORD
        case _:
            operation = word & 255
            return 2 if operation >= Op.JUMP_EQUAL and operation <= Op.JUMP_ENDS_SLOT else 1


def position_of_word(code: Code, at: u32) -> u32:
    """The packed position of the instruction at a word."""
    found = code.position
    for i in range(len(code.positions) // 2):
        if code.positions[2 * i] <= at:
            found = code.positions[2 * i + 1]
    return found
