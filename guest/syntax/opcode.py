"""The one opcode table: numbers, operands and meaning of every bytecode instruction.

The emitter, the disassembler, the verifier and the interpreter are all made from this table. An instruction is one
32-bit word, `op | A << 8 | B << 16 | C << 24` (`Bx` is B and C as one unsigned 16-bit operand, `sBx` the same signed, `sAx` a
signed 24-bit one), and for the operations marked X one more word. A, B and C name registers of the frame unless said
otherwise. `slots[k]` is an entry of the module's array of globals and constants. Jumps count words from the word after
the whole instruction.

    X words:   jump pair   J | K << 16     J: signed 16-bit jump, K: unsigned 16-bit slot index (0 where unused)
               key pair    K | H << 16     K: slot index of the constant key, H: the inline cache's last position
                                           (NO_HINT in a new ATTRIBUTE: a method's name is never cached as a key)
"""

from enum import IntEnum

NO_HINT = 0xFFFF
NO_OPERAND = 255

# An instruction for a method of one type is followed by a call of the attribute of its name, for other types: ATTRIBUTE (two
# words), an argument or two (a word each), CALL, and MOVE of the result or a jump. It skips these if it has done the work.
HELD_GET_WORDS = 4  # without the arguments
HELD_AFFIX_WORDS = 5


MOST_KEYED = 8  # keys of a MAKE_KEYED: such a dict has no index
KEYED_PER_WORD = 4


class Op(IntEnum):
    """Operation codes. The comment gives operands and effect; `R[x]` is a register."""

    # Moves and constants.
    MOVE = 0  # A B      R[A] = R[B]
    LOAD_SLOT = 1  # A Bx     R[A] = slots[Bx] (a constant, or a global known to be set)
    LOAD_INT = 2  # A sBx    R[A] = sBx
    LOAD_NONE = 3  # A        R[A] = None
    LOAD_BOOL = 4  # A B      R[A] = B != 0 (B is a number)
    CLEAR = 5  # A        R[A] = undefined
    CHECK_LOCAL = 6  # A Bx     error if R[A] is undefined; slots[Bx] is the name of the local variable
    GET_GLOBAL = 7  # A Bx     R[A] = slots[Bx]; error if undefined (the module has the name)
    SET_GLOBAL = 8  # A Bx     slots[Bx] = R[A]
    NEW_CELL = 9  # A        R[A] = Cell(R[A])
    GET_CELL = 10  # A B      R[A] = R[B].value; error if undefined. X: key pair, K = name
    SET_CELL = 11  # A B      R[A].value = R[B]
    GET_FREE = 12  # A B      R[A] = captured cell B's value; error if undefined. X: key pair, K = name
    LOAD_FREE_CELL = 13  # A B  R[A] = captured cell number B itself (to hand on to an inner function)
    LOAD_SYMBOL = 14  # A        R[A] = global slots[H] of the loaded module slots[K]. X: key pair

    # Arithmetic. R[A] = R[B] op R[C].
    ADD = 20
    SUB = 21
    MUL = 22
    DIV = 23
    FLOOR_DIV = 24
    MOD = 25
    BIT_AND = 26
    BIT_OR = 27
    BIT_XOR = 28
    SHIFT_LEFT = 29
    SHIFT_RIGHT = 30
    ADD_IN_PLACE = 31  # `x += y`: extends a list in place, otherwise ADD
    OR_IN_PLACE = 32  # `x |= y`: updates a dict (or set) in place, otherwise BIT_OR
    SUB_IN_PLACE = 42  # `x -= y`: removes elements from a set in place, otherwise SUB
    AND_IN_PLACE = 43  # `x &= y`: changes a set in place, otherwise BIT_AND
    XOR_IN_PLACE = 44  # `x ^= y`: changes a set in place, otherwise BIT_XOR
    # R[A] = R[B] op C, where C is a signed 8-bit integer.
    ADD_INT = 33  # a subtraction of a literal n is SUB_INT with n, so that messages name the written operator
    SUB_INT = 34
    MUL_INT = 35
    FLOOR_DIV_INT = 36
    MOD_INT = 37
    # R[A] = op R[B].
    NEGATE = 38
    POSITIVE = 39
    INVERT = 40
    NOT = 41

    # Comparisons as values. R[A] = R[B] op R[C].
    EQUAL = 45
    NOT_EQUAL = 46
    LESS = 47
    LESS_EQUAL = 48
    GREATER = 49
    GREATER_EQUAL = 50
    IN = 51
    NOT_IN = 52

    # Jumps.
    JUMP = 55  # sAx      forward
    LOOP = 56  # sAx      backward: polls the interrupt word
    JUMP_IF = 57  # A sBx    if truth(R[A])
    JUMP_IF_NOT = 58  # A sBx    if not truth(R[A])
    # Fused compare and jump: if (R[A] op R[B]) == (C != 0): jump J. X: jump pair.
    JUMP_EQUAL = 60
    JUMP_LESS = 61
    JUMP_LESS_EQUAL = 62
    JUMP_GREATER = 63
    JUMP_GREATER_EQUAL = 64
    JUMP_IN = 65  # R[A] in R[B]
    # The same with a constant right side: (R[A] op slots[K]). X: jump pair.
    JUMP_EQUAL_SLOT = 66
    JUMP_LESS_SLOT = 67
    JUMP_LESS_EQUAL_SLOT = 68
    JUMP_GREATER_SLOT = 69
    JUMP_GREATER_EQUAL_SLOT = 70
    JUMP_IN_SLOT = 71  # R[A] in slots[K]
    JUMP_SLOT_IN = 72  # slots[K] in R[A]
    JUMP_STARTS_SLOT = (
        73  # R[A].startswith(slots[K]), a string; without a jump, skip HELD_AFFIX_WORDS; nothing for others
    )
    JUMP_ENDS_SLOT = 74  # the same for R[A].endswith(slots[K])

    # Elements and attributes.
    INDEX = 75  # A B C    R[A] = R[B][R[C]]
    INDEX_SLOT = 76  # A B      R[A] = R[B][slots[K]]. X: key pair
    SET_INDEX = 77  # A B C    R[A][R[B]] = R[C]
    SET_INDEX_SLOT = 78  # A B      R[A][slots[K]] = R[B]. X: key pair
    SLICE = 79  # A B      R[A] = R[B][R[B+1] : R[B+2] : R[B+3]] (None where absent)
    ATTRIBUTE = 80  # A B      R[A] = R[B].slots[K]. X: key pair
    GET = 81  # A B C    R[A] = R[B].get(R[C], slots[K]), and skip H words; nothing if R[B] is no dict. X: key pair
    GET_SLOT = (
        82  # A B C    R[A] = R[B].get(slots[K], R[C]), or without R[C] if C is NO_OPERAND; skips as GET
    )
    #                            does, HELD_GET_WORDS and the arguments. X: key pair

    SET_ATTRIBUTE = (
        83  # A        R[A].slots[K] = a value: an error, no type has attributes that can be set. X: key pair
    )

    # Calls. The callee (or receiver) is in R[A], positional arguments follow it; the result replaces R[A].
    CALL_SLOT = 84  # A B      CALL of slots[K], which is loaded after the arguments. X: key pair
    CALL = 85  # A B      B positional arguments
    CALL_METHOD = 86  # A B C    B positional arguments; method number C of R[A]. X: key pair, K = its name. A CALL follows,
    #                            which is skipped, or calls the attribute of this name that is no method
    CALL_SPREAD = 87  # A B C    B positional, C keyword values, *args if H & 1, **kwargs if H & 2.
    #                            X: key pair, K = the tuple of the C keyword names
    RETURN = 88  # A
    RETURN_NONE = 89
    MAKE_FUNCTION = 90  # A B C  R[A] = Code slots[K] with B defaults from R[A+1], C cells. X: key pair
    RETURN_BOOL = 91  # B        return B != 0 (B is a number)

    # Displays and comprehensions.
    MAKE_LIST = 95  # A B C    R[A] = [R[B] ... R[B+C-1]]
    MAKE_TUPLE = 96  # A B C    R[A] = (R[B] ... R[B+C-1])
    LIST_APPEND = 97  # A B      append R[B] to the list R[A]
    LIST_TO_TUPLE = 98  # A B      R[A] = tuple of the list R[B]
    MAKE_DICT = 99  # A Bx     R[A] = {} with room for Bx entries
    DICT_PUT = 100  # A B C    R[A][R[B]] = R[C] (comprehension)
    DICT_PUT_UNIQUE = 101  # A B C  the same for a display: a duplicate key is an error
    UNPACK = 102  # A B C    R[A] ... R[A+C-1] = the C elements of R[B]
    TO_STRING = 103  # A B C    R[A] = repr(R[B]) if C else str(R[B]) (f-strings)
    CONCATENATE = 104  # A B C    R[A] = the concatenation of the C strings from R[B]
    DICT_ADD_SLOT = 105  # A B    R[A][slots[K]] = R[B], a string that is not a key yet. X: key pair
    MAKE_KEYED = 106  # A B      R[A] = {} with the B strings of the tuple slots[K] as keys; no more than MOST_KEYED. X: key pair,
    #                            then the registers of the values, four to a word, the first one in the lowest byte

    # Loops. Two registers hold an iteration: R[A] the iterable (locked against mutation), R[A+1] its position.
    ITERATE = 110  # A B      begin iterating over R[B]
    NEXT = 111  # A B      R[B] = next element, or jump J when there is none. X: jump pair
    END_ITERATION = 112  # A        unlock R[A], clear R[A] and R[A+1]; on every way out of the loop
    NEXT_LOOP = 113  # A B      R[B] = next element and jump J (back: polls), or go on. X: jump pair

    # Decisions (emitted by the machine itself, not by the emitter).
    NEXT_RULE = 120
    TEST_RULE = 121
    DECIDE = 122
    HALT = 123
    ADMIT = 124
    NOTE_MATCH = 125
    COMPARE_DECISION = 126
