"""Bytecode as text, one instruction a line: `JUMP_LESS_SLOT r0 2 False >4` jumps to line 4 unless R[0] < 2.

`SHAPES` says which operands an instruction has; `guest/syntax/opcode.py` says what they mean.
"""

from __future__ import annotations

from guest.syntax.opcode import KEYED_PER_WORD, Op

REGISTERS = {"A": 8, "B": 16, "C": 24}

# Operands: A B C registers, b c numbers, ?b ?c truth values, -c a signed number; of the upper half of the word: x a slot, #x
# a number, -x a signed number, >x a jump; >a a jump of 24 bits; of the second word: K a slot or >K a jump in its low half,
# H a slot or #H a number in its high half.
SHAPES = {
    **dict.fromkeys((Op.RETURN_NONE, Op.HALT), ""),
    **dict.fromkeys((Op.LOAD_NONE, Op.CLEAR, Op.NEW_CELL, Op.RETURN, Op.END_ITERATION), "A"),
    **dict.fromkeys((Op.MOVE, Op.SET_CELL, Op.NEGATE, Op.POSITIVE, Op.INVERT, Op.NOT), "A B"),
    **dict.fromkeys((Op.SLICE, Op.LIST_APPEND, Op.LIST_TO_TUPLE, Op.ITERATE), "A B"),
    **dict.fromkeys((op for op in Op if Op.ADD <= op <= Op.OR_IN_PLACE), "A B C"),
    **dict.fromkeys((Op.SUB_IN_PLACE, Op.AND_IN_PLACE, Op.XOR_IN_PLACE), "A B C"),
    **dict.fromkeys((op for op in Op if Op.EQUAL <= op <= Op.NOT_IN), "A B C"),
    **dict.fromkeys((Op.INDEX, Op.SET_INDEX, Op.DICT_PUT, Op.DICT_PUT_UNIQUE), "A B C"),
    **dict.fromkeys((Op.ADD_INT, Op.SUB_INT, Op.MUL_INT, Op.FLOOR_DIV_INT, Op.MOD_INT), "A B -c"),
    **dict.fromkeys((Op.MAKE_LIST, Op.MAKE_TUPLE, Op.UNPACK, Op.CONCATENATE, Op.TO_STRING), "A B c"),
    **dict.fromkeys((Op.LOAD_SLOT, Op.CHECK_LOCAL, Op.GET_GLOBAL, Op.SET_GLOBAL), "A x"),
    Op.LOAD_INT: "A -x",
    Op.LOAD_BOOL: "A ?b",
    Op.RETURN_BOOL: "?b",
    Op.MAKE_DICT: "A #x",
    **dict.fromkeys((Op.CALL, Op.LOAD_FREE_CELL), "A b"),
    **dict.fromkeys((Op.JUMP, Op.LOOP), ">a"),
    **dict.fromkeys((Op.JUMP_IF, Op.JUMP_IF_NOT), "A >x"),
    **dict.fromkeys((op for op in Op if Op.JUMP_EQUAL <= op <= Op.JUMP_IN), "A B ?c >K"),
    **dict.fromkeys((op for op in Op if Op.JUMP_EQUAL_SLOT <= op <= Op.JUMP_ENDS_SLOT), "A H ?c >K"),
    **dict.fromkeys((Op.NEXT, Op.NEXT_LOOP), "A B >K"),
    **dict.fromkeys((Op.GET_CELL, Op.INDEX_SLOT, Op.SET_INDEX_SLOT, Op.ATTRIBUTE, Op.DICT_ADD_SLOT), "A B K"),
    **dict.fromkeys((Op.GET_FREE, Op.CALL_METHOD), "A b K"),
    **dict.fromkeys((Op.GET, Op.GET_SLOT), "A B C K"),
    Op.CALL_SLOT: "A b K",
    Op.SET_ATTRIBUTE: "A K",
    Op.LOAD_SYMBOL: "A K H",
    Op.MAKE_FUNCTION: "A b c K",
    Op.CALL_SPREAD: "A b c K #H",
    Op.MAKE_KEYED: "A b K",
}


def disassemble(words: list[int], slots: list[str]) -> list[str]:
    """The instructions of a function; `slots` has the text of every global and constant."""
    starts: list[int] = []
    at = 0
    while at < len(words):
        starts.append(at)
        at += size_of(words[at])
    lines = {start: line for line, start in enumerate([*starts, len(words)])}
    return [_instruction(words[at : at + size_of(words[at])], at, lines, slots) for at in starts]


def size_of(word: int) -> int:
    """How many words the instruction with this first word has."""
    shape = SHAPES[Op(word & 255)]
    if word & 255 == Op.MAKE_KEYED:
        return 2 + -(-(word >> 16 & 255) // KEYED_PER_WORD)
    return 2 if "K" in shape or "H" in shape else 1


def _instruction(words: list[int], at: int, lines: dict[int, int], slots: list[str]) -> str:
    op = Op(words[0] & 255)
    after = at + len(words)
    shown = [_operand(shape, words, after, lines, slots) for shape in SHAPES[op].split()]
    if op == Op.MAKE_KEYED:
        registers = [word >> shift & 255 for word in words[2:] for shift in (0, 8, 16, 24)]
        shown += [f"r{number}" for number in registers[: words[0] >> 16 & 255]]
    return " ".join([op.name, *shown])


def _operand(shape: str, words: list[int], after: int, lines: dict[int, int], slots: list[str]) -> str:
    if shape in REGISTERS:
        return f"r{words[0] >> REGISTERS[shape] & 255}"
    number, bits = _field(shape[-1], words)
    signed = number - (number >> (bits - 1) << bits)
    match shape[0]:
        case ">":
            return f">{lines[after + signed]}"
        case "-":
            return str(signed)
        case "?":
            return str(number != 0)
        case "x" | "K" | "H":
            return slots[number]
        case _:
            return str(number)


def _field(name: str, words: list[int]) -> tuple[int, int]:
    """A field's number and its width."""
    match name:
        case "a":
            return words[0] >> 8, 24
        case "b":
            return words[0] >> 16 & 255, 8
        case "c":
            return words[0] >> 24, 8
        case "x":
            return words[0] >> 16, 16
        case "K":
            return words[1] & 0xFFFF, 16
        case _:
            return words[1] >> 16, 16
