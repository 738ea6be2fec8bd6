"""The code that the emitter makes for what rules consist of: as few instructions as the machine allows."""

from __future__ import annotations

from tests.syntax.harness import Front, booted


def code_of(source: str, name: str = "f", *options: str) -> list[str]:
    """The instructions of a function in a source without errors."""
    result = Front(booted()).translate(source, options)
    assert not result.diagnostics
    return result.functions[name]


def body_of(*lines: str, parameters: str = "a, b, c") -> list[str]:
    """The instructions of a function with this body."""
    return code_of(f"def f({parameters}):\n" + "".join(f"    {line}\n" for line in lines), "f", "while")


def test_a_predicate_is_a_chain_of_jumps() -> None:
    predicate = (
        'lambda e: (e["method"] == "PATCH" and e["country"] in ("DE", "IN") '
        'and not ("viewer" in e["user"]["roles"] and e["path"].endswith(".json")))'
    )
    assert code_of(f"f = {predicate}", "lambda") == [
        "INDEX_SLOT r1 r0 'method'",
        "JUMP_EQUAL_SLOT r1 'PATCH' False >14",
        "INDEX_SLOT r1 r0 'country'",
        "JUMP_IN_SLOT r1 ('DE', 'IN') False >14",
        "INDEX_SLOT r1 r0 'user'",
        "INDEX_SLOT r1 r1 'roles'",
        "JUMP_SLOT_IN r1 'viewer' False >13",
        "INDEX_SLOT r1 r0 'path'",
        "JUMP_ENDS_SLOT r1 '.json' True >14",
        # Skipped, unless the value is no string.
        "ATTRIBUTE r2 r1 'endswith'",
        "LOAD_SLOT r3 '.json'",
        "CALL r2 1",
        "JUMP_IF r2 >14",
        "RETURN_BOOL True",
        "RETURN_BOOL False",
    ]


def test_an_iteration_has_one_instruction_of_control() -> None:
    assert body_of(
        "s = 0", "for i in range(1000000):", "    s = s + i * i % 7", "return s", parameters=""
    ) == [
        "LOAD_INT r0 0",
        "LOAD_SLOT r3 1000000",
        "CALL_SLOT r2 1 range",
        "ITERATE r2 r2",
        "NEXT r2 r1 >9",
        "MUL r4 r1 r1",
        "MOD_INT r4 r4 7",
        "ADD r0 r0 r4",
        "NEXT_LOOP r2 r1 >5",
        "END_ITERATION r2",
        "RETURN r0",
    ]


def test_a_recursive_function_calls_itself_without_a_test() -> None:
    assert code_of("def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n") == [
        "JUMP_LESS_SLOT r0 2 False >2",
        "RETURN r0",
        "SUB_INT r2 r0 1",
        "CALL_SLOT r1 1 f",
        "SUB_INT r3 r0 2",
        "CALL_SLOT r2 1 f",
        "ADD r1 r1 r2",
        "RETURN r1",
    ]


def test_results_go_straight_into_variables() -> None:
    assert body_of("k = a + b", "return k")[0] == "ADD r3 r0 r1"
    assert body_of("k = a['x']['y']")[:2] == ["INDEX_SLOT r3 r0 'x'", "INDEX_SLOT r3 r3 'y'"]
    assert body_of("k = {'v': a, 'w': b}")[0] == "MAKE_KEYED r3 2 ('v', 'w') r0 r1"
    assert body_of("k = {a: b}")[:2] == ["MAKE_DICT r3 1", "DICT_PUT_UNIQUE r3 r0 r1"]
    assert body_of("k = b.upper()")[:2] == ["MOVE r3 r1", "CALL_METHOD r3 0 'upper'"]
    assert body_of("k = [b]")[:2] == ["MOVE r4 r1", "MAKE_LIST r3 r4 1"]


def test_a_variable_is_not_overwritten_while_it_is_read() -> None:
    assert body_of("a = b + c + a")[:2] == ["ADD r3 r1 r2", "ADD r0 r3 r0"]
    assert body_of("a = {'x': a}")[0] == "MAKE_KEYED r0 1 ('x') r0"
    assert body_of("a = {a: b}")[:3] == ["MAKE_DICT r3 1", "DICT_PUT_UNIQUE r3 r0 r1", "MOVE r0 r3"]
    assert body_of("a = b or a")[:4] == ["MOVE r3 r1", "JUMP_IF r3 >3", "MOVE r3 r0", "MOVE r0 r3"]


def test_a_display_of_a_few_constant_keys_is_one_instruction() -> None:
    """Values are read where they are; nine keys, equal ones and computed ones are entered one by one."""
    five = "k = {" + ", ".join(f"'{name}': b" for name in "vwxyz") + "}"
    assert body_of(five)[0] == "MAKE_KEYED r3 5 ('v', 'w', 'x', 'y', 'z') r1 r1 r1 r1 r1"
    assert body_of("k = {'v': a + b, 'w': b}")[:2] == ["ADD r4 r0 r1", "MAKE_KEYED r3 2 ('v', 'w') r4 r1"]
    nine = "k = {" + ", ".join(f"'{name}': b" for name in "rstuvwxyz") + "}"
    assert body_of(nine)[:2] == ["MAKE_DICT r3 9", "DICT_ADD_SLOT r3 r1 'r'"]
    assert body_of("k = {'v': a, 'v': b}")[2] == "DICT_PUT_UNIQUE r3 r4 r0"
    assert body_of("k = {}")[0] == "MAKE_DICT r3 0"


def test_parallel_assignment_makes_no_tuple() -> None:
    assert body_of("a, b = b, a + b")[:3] == ["MOVE r3 r1", "ADD r1 r0 r1", "MOVE r0 r3"]
    assert body_of("a, b = c")[:1] == ["UNPACK r0 r2 2"]
    assert body_of("for k, v in a: pass")[2:4] == ["UNPACK r3 r7 2", "NEXT_LOOP r5 r7 >2"]


def test_augmented_assignment() -> None:
    statements = ("a += 1", "a -= 200", "b += c", "b |= c", "b &= c", "b ^= c", "b -= c", "a //= 2")
    assert body_of(*statements)[:9] == [
        "ADD_INT r0 r0 1",
        "LOAD_INT r3 200",
        "SUB_IN_PLACE r0 r0 r3",
        "ADD_IN_PLACE r1 r1 r2",
        "OR_IN_PLACE r1 r1 r2",
        "AND_IN_PLACE r1 r1 r2",
        "XOR_IN_PLACE r1 r1 r2",
        "SUB_IN_PLACE r1 r1 r2",
        "FLOOR_DIV_INT r0 r0 2",
    ]
    assert body_of("a['x'] += b")[:3] == [
        "INDEX_SLOT r3 r0 'x'",
        "ADD_IN_PLACE r3 r3 r1",
        "SET_INDEX_SLOT r0 r3 'x'",
    ]


def test_constants_are_made_once() -> None:
    assert body_of("return (1, ('a', None, -1.5), True)")[0] == "LOAD_SLOT r3 (1, ('a', None, -1.5), True)"
    assert body_of("return -5") == ["LOAD_INT r3 -5", "RETURN r3"]
    assert body_of("return None") == ["RETURN_NONE"]
    assert body_of("'text'", "1") == ["RETURN_NONE"]


def test_globals_that_are_surely_set_are_not_tested() -> None:
    source = "X = 1\nY = X + 1\ndef f():\n    return [X, Z]\nZ = f()\n"
    assert code_of(source)[:2] == ["LOAD_SLOT r1 X", "GET_GLOBAL r2 Z"]
    assert "LOAD_SLOT r0 X" in code_of(source, "<toplevel>")
    assert "GET_GLOBAL r1 x" in code_of("if True:\n    x = 1\ny = [x]\n", "<toplevel>", "toplevelcontrol")
    assert code_of("N = ['a']\nf = lambda x: x in N\n", "lambda")[0] == "JUMP_IN_SLOT r0 N False >2"


def test_locals_are_tested_only_where_they_may_be_unassigned() -> None:
    def checks(*lines: str) -> list[str]:
        return [line for line in body_of(*lines) if line.startswith(("CHECK", "CLEAR"))]

    assert not checks("x = 1", "return x")
    assert not checks("if a: x = 1", "else: x = 2", "return x")
    assert not checks("if a: x = 1", "else: return 0", "return x")
    assert not checks("for x in a: print(x)")
    assert not checks("if a: x = 1", "elif b: fail()", "else: return 2") and checks("if a: x = 1", "return x")
    assert checks("for x in a: pass", "return x") == ["CLEAR r3", "CHECK_LOCAL r3 'x'"]
    assert checks("while a: x = 1", "return x") == ["CLEAR r3", "CHECK_LOCAL r3 'x'"]
    assert checks("if a and x: x = 1", "return (x, x)") == [
        "CLEAR r3",
        "CHECK_LOCAL r3 'x'",
        "CHECK_LOCAL r3 'x'",
    ]
    assert checks("print(x)", "x = 1", "return x") == ["CLEAR r3", "CHECK_LOCAL r3 'x'"]


def test_iterations_end_on_every_way_out() -> None:
    body = body_of(
        "for x in a:",
        "    for y in x:",
        "        if y: return y",
        "        if c: break",
        "    if b: continue",
    )
    assert body == [
        "ITERATE r5 r0",
        "NEXT r5 r3 >13",
        "ITERATE r7 r3",
        "NEXT r7 r4 >10",
        "JUMP_IF_NOT r4 >8",
        "END_ITERATION r7",
        "END_ITERATION r5",
        "RETURN r4",
        "JUMP_IF r2 >10",
        "NEXT_LOOP r7 r4 >4",
        "END_ITERATION r7",
        "JUMP_IF r1 >12",
        "NEXT_LOOP r5 r3 >2",
        "END_ITERATION r5",
        "RETURN_NONE",
    ]


def test_closures_share_cells() -> None:
    source = "def f(a):\n    b = 1\n    def g():\n        return lambda: a + b\n    b = 2\n    return g\n"
    functions = Front(booted()).translate(source).functions
    assert functions["f"][:6] == [
        "NEW_CELL r0",
        "CLEAR r1",
        "NEW_CELL r1",
        "LOAD_INT r3 1",
        "SET_CELL r1 r3",
        "MOVE r4 r0",
    ]
    assert functions["g"] == [
        "LOAD_FREE_CELL r1 0",
        "LOAD_FREE_CELL r2 1",
        "MAKE_FUNCTION r0 0 2 lambda",
        "RETURN r0",
    ]
    assert functions["lambda"] == ["GET_FREE r0 0 'a'", "GET_FREE r1 1 'b'", "ADD r0 r0 r1", "RETURN r0"]


def test_calls() -> None:
    assert body_of("return a(b, *c, **b)")[:5] == [
        "MOVE r3 r0",
        "MOVE r4 r1",
        "MOVE r5 r2",
        "MOVE r6 r1",
        "CALL_SPREAD r3 1 0 () 3",
    ]
    assert body_of("return a(b, x=c, y=1)")[4] == "CALL_SPREAD r3 1 2 ('x', 'y') 0"
    assert body_of("return a.unknown_name(b)")[:3] == [
        "ATTRIBUTE r3 r0 'unknown_name'",
        "MOVE r4 r1",
        "CALL r3 1",
    ]
    assert code_of("def f(): pass\ng = lambda x, y=1, *, z, w=2: 0\n", "<toplevel>")[2:6] == [
        "LOAD_INT r1 1",
        "CLEAR r2",
        "LOAD_INT r3 2",
        "MAKE_FUNCTION r0 3 0 lambda",
    ]


def test_comprehensions_and_displays() -> None:
    assert body_of("return [x * 2 for x in a if x in b]") == [
        "MAKE_LIST r3 r0 0",
        "ITERATE r5 r0",
        "NEXT r5 r4 >7",
        "JUMP_IN r4 r1 False >6",
        "MUL_INT r7 r4 2",
        "LIST_APPEND r3 r7",
        "NEXT_LOOP r5 r4 >3",
        "END_ITERATION r5",
        "RETURN r3",
    ]
    assert body_of("return f'{a}-{b!r}'")[:4] == [
        "TO_STRING r4 r0 0",
        "LOAD_SLOT r5 '-'",
        "TO_STRING r6 r1 1",
        "CONCATENATE r3 r4 3",
    ]
    assert body_of("return {a: b, 'x': c}")[:2] == ["MAKE_DICT r3 2", "DICT_PUT_UNIQUE r3 r0 r1"]
    long = body_of("return [" + "a, " * 40 + "]")
    assert long[32:34] == ["MAKE_LIST r3 r4 32", "LIST_APPEND r3 r0"]


def test_common_methods_need_no_call() -> None:
    """What is indented is skipped, unless the receiver is of a type that has no such method."""
    lines = body_of("if a.startswith('x'):", "    return a.get('k', b)", "return a.get(b)")
    assert lines == [
        "JUMP_STARTS_SLOT r0 'x' False >12",
        *("ATTRIBUTE r3 r0 'startswith'", "LOAD_SLOT r4 'x'", "CALL r3 1", "JUMP_IF_NOT r3 >12"),
        "GET_SLOT r3 r0 r1 'k'",
        *("ATTRIBUTE r4 r0 'get'", "LOAD_SLOT r5 'k'", "MOVE r6 r1", "CALL r4 2", "MOVE r3 r4"),
        "RETURN r3",
        "GET r3 r0 r1 None",
        *("ATTRIBUTE r4 r0 'get'", "MOVE r5 r1", "CALL r4 1", "MOVE r3 r4"),
        "RETURN r3",
    ]
