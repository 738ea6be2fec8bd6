"""Chunks of source that are run in a scope: what they share, what errors leave behind, and that collections do not matter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ringfence as rf
from ringfence.bundle import BundleUse
from ringfence.functions import NO_FUNCTIONS

SOURCES = {
    "main.star": 'load("lib/far.star", "far")\nframe = [1, 2]\n_private = 3\n\ndef twice(x):\n    return 2 * x\n',
    "lib/far.star": "far = 'far'\n_hidden = 1\n",
    "unused.star": "def three():\n    return 3\n",
}


@pytest.fixture
def heap() -> Iterator[rf.LiveHeap]:
    """A scope of a bundle that has modules and no rules."""
    bundle = rf.Bundle.from_sources(SOURCES, options=["set"])
    loaded = rf.Runtime().load_bundle(bundle, limits=rf.Limits(fuel=1_000_000), use=BundleUse.CONVERSATION)
    with loaded.rule_set(NO_FUNCTIONS) as rules, rules.enter() as heap:
        yield heap


def run(heap: rf.LiveHeap, *chunks: str) -> list[object]:
    """What each of these chunks gives."""
    return [heap.interpret(chunk, f"<{number}>") for number, chunk in enumerate(chunks, 1)]


def test_the_value_of_the_last_expression_is_the_result(heap: rf.LiveHeap) -> None:
    assert run(heap, "1 + 1", "x = 1", "x", "y = 2; x + y", "", "# nothing", "if True:\n    5") == [
        *(2, None, 1, 3),
        *(None, None, None),
    ]


def test_the_last_result_that_is_not_none_has_a_name(heap: rf.LiveHeap) -> None:
    assert run(heap, "6 * 7", "None", "_", "_ + 1", "_")[2:] == [42, 43, 43]


def test_names_begin_with_those_of_the_entry_module(heap: rf.LiveHeap) -> None:
    assert run(heap, "frame", "_private", "twice(4)", "far") == [[1, 2], 3, 8, "far"]
    with pytest.raises(rf.RuleError, match="frozen list"):
        run(heap, "frame.append(3)")


def test_what_chunks_make_can_change(heap: rf.LiveHeap) -> None:
    assert run(heap, "a = [1]", "a.append(2)", "a", "s = set(a)", "s.add(3)", "len(s)")[2:] == [
        *([1, 2], None, None, 3),
    ]


def test_names_may_be_bound_again_and_earlier_functions_see_it(heap: rf.LiveHeap) -> None:
    chunks = (
        "def g(): return 1",
        "n = 10",
        "def f(): return g() + n",
        "f()",
        "def g(): return 2",
        "n = 20",
        "f()",
    )
    assert run(heap, *chunks) == [None, None, None, 11, None, None, 22]


def test_a_function_may_use_what_is_defined_later_in_its_chunk_only(heap: rf.LiveHeap) -> None:
    """As in a file: a name that nothing defines is an error when the function is made."""
    with pytest.raises(rf.BundleError, match="undefined: later"):
        run(heap, "def f(): return later")


def test_modules_can_be_loaded_even_what_the_entry_does_not_reach(heap: rf.LiveHeap) -> None:
    chunks = ('load("unused.star", "three")', "three()", 'load("lib/far.star", twice = "far")', "twice")
    assert run(heap, *chunks) == [None, 3, None, "far"]
    with pytest.raises(rf.BundleError, match=r"module not found: unusd.star \(did you mean unused\.star\?\)"):
        run(heap, 'load("unusd.star", "three")')
    with pytest.raises(rf.RuleError, match=r"name four not found in module unused\.star"):
        run(heap, 'load("unused.star", "four")')
    with pytest.raises(rf.BundleError, match="cannot leave it"):
        run(heap, 'load("../x.star", "four")')


def test_static_errors_say_where(heap: rf.LiveHeap) -> None:
    with pytest.raises(rf.BundleError) as caught:
        heap.interpret("x = 1\ny = = 2\nz = nobody", "<7>")
    found = [(d.path, d.line, d.column, d.source_line) for d in caught.value.diagnostics]
    assert found == [("<7>", 2, 5, "y = = 2")]
    assert run(heap, "[1]") == [[1]]
    with pytest.raises(rf.BundleError, match="undefined: x"):
        run(heap, "x")


def test_errors_are_placed_in_the_chunk_of_each_function(heap: rf.LiveHeap) -> None:
    run(heap, "def f(x):\n    return 1 // x")
    with pytest.raises(rf.RuleError) as caught:
        heap.interpret("[\n    f(0),\n]", "<2>")
    assert [frame.location for frame in caught.value.traceback] == ["<2>:2:6", "<1>:2:14"]
    assert caught.value.source == "    return 1 // x"


def test_variables_survive_errors(heap: rf.LiveHeap) -> None:
    run(heap, "kept = [1]")
    with pytest.raises(rf.RuleError):
        run(heap, "kept.append(2); other = kept[9]")
    with pytest.raises(rf.FuelExhausted):
        run(heap, "for i in range(1 << 40): pass")
    with pytest.raises(rf.MemoryExceeded):
        run(heap, "big = 'x' * (1 << 30)")
    assert run(heap, "kept") == [[1, 2]]
    with pytest.raises(rf.RuleError, match="global variable other referenced before assignment"):
        run(heap, "other")


def test_a_name_without_a_value_does_not_hide_a_builtin(heap: rf.LiveHeap) -> None:
    with pytest.raises(rf.RuleError):
        run(heap, "len = 1 // 0")
    assert run(heap, "len([1])", "len = 5", "len") == [1, None, 5]


def test_an_error_while_iterating_unlocks(heap: rf.LiveHeap) -> None:
    run(heap, "a = [1, 2]")
    with pytest.raises(rf.RuleError):
        run(heap, "for x in a:\n    fail('no')")
    assert run(heap, "a.append(3)", "a")[1] == [1, 2, 3]


def test_prints_are_kept_for_each_operation(heap: rf.LiveHeap) -> None:
    run(heap, "print('one')\nprint('two')")
    assert heap.printed == b"one\ntwo\n"
    with pytest.raises(rf.RuleError):
        run(heap, "print('before'); fail('x')")
    assert heap.printed == b"before\n"
    run(heap, "None")
    assert heap.printed == b""


def test_the_names_that_a_chunk_may_read(heap: rf.LiveHeap) -> None:
    before = set(heap.variables())
    assert {"frame", "_private", "twice", "far", "len", "True", "json", "assert_eq"} <= before
    assert not {"_", "lib", "_hidden", "args"} & before
    run(heap, "mine = 1", "if False:\n    never = 1", "mine")
    assert set(heap.variables()) - before == {"mine", "_"}


def test_rules_cannot_be_declared(heap: rf.LiveHeap) -> None:
    with pytest.raises(rf.RuleError, match="rules are declared while the bundle loads"):
        run(heap, "rule('late', then = 1)")


def test_handles_and_chunks_share_their_objects(heap: rf.LiveHeap) -> None:
    run(heap, "shared = {'a': 1}")
    heap.get("shared")["b"] = 2
    assert run(heap, "shared") == [{"a": 1, "b": 2}]


def test_many_chunks_and_collections(heap: rf.LiveHeap) -> None:
    """Slots, names and modules are moved with every chunk, and die or live as they should."""
    run(heap, "total = [0]")
    for i in range(150):
        run(
            heap,
            f"v{i} = [{i}, 'text {i}', {i} + 0.5]\ndef f{i}():\n    total[0] += v{i}[0]\n    return v{i}",
        )
    live = heap.collect()
    assert run(heap, *(f"f{i}()[1]" for i in range(150))) == [f"text {i}" for i in range(150)]
    assert run(heap, "total") == [[sum(range(150))]]
    for i in range(150):
        run(heap, f"v{i} = None\ndef f{i}(): pass")
    assert live < 3_000_000
    heap.collect()
    assert run(heap, "v149", "f3()", "total") == [None, None, [sum(range(150))]]


def test_source_that_is_no_text_is_refused(heap: rf.LiveHeap) -> None:
    with pytest.raises(rf.UsageError, match="not Unicode text"):
        heap.interpret("'\ud800'", "<1>")
    assert run(heap, "'\0 ä €'", "'ok'")[1] == "ok"


def test_chunks_run_in_scopes_of_ordinary_rule_sets() -> None:
    bundle = rf.Bundle.from_sources({"main.star": "n = 5\ndef decide(event):\n    return event\n"})
    with rf.Runtime().load(bundle) as rules, rules.enter() as heap:
        assert run(heap, "decide(n)", "m = n + 1", "m") == [5, None, 6]
        with pytest.raises(rf.BundleError, match="undefined: assert_eq"):
            run(heap, "assert_eq(1, 1)")


def test_names_that_come_late_find_the_keys_that_were_computed_before(heap: rf.LiveHeap) -> None:
    """A chunk is compiled when there are dicts: their computed keys become its names, in small dicts, large ones and sets."""
    run(heap, "few = {'n' + str(i): i for i in range(4)}", "many = {'n' + str(i): i for i in range(40)}")
    run(heap, "marked = set(['n' + str(i) for i in range(40)])", "record = struct(**{'n' + str(7): 7})")
    assert run(heap, "few['n1'], many['n33'], 'n33' in marked, record.n7") == [(1, 33, True, 7)]
    assert run(heap, "few['n2'] = 5; many['n3'] = 6", "len(few), len(many), few, many['n3']")[1] == (
        *(4, 40, {"n0": 0, "n1": 1, "n2": 5, "n3": 3}, 6),
    )
    assert run(
        heap,
        "many.pop('n9')",
        "'n9' in many",
        "def f(n4): return n4",
        "f(**{k: v for k, v in many.items() if k == 'n' + '4'})",
    ) == [
        *(9, False, None, 4),
    ]


def test_names_that_come_late_find_computed_keys_of_the_bundle_and_of_handles() -> None:
    source = "table = {'n' + str(i): i for i in range(20)}\ndef make():\n    return {'n' + str(9): 1}\n"
    bundle = rf.Bundle.from_sources({"main.star": source + "def decide(event):\n    return 1\n"})
    with rf.Runtime().load(bundle) as rules, rules.enter() as heap:
        made, given = heap.call("make"), heap.dict({"n12": 1, "n13": 2})
        assert run(heap, "table['n9'], table.get('n19'), table.get('n20')") == [(9, 19, None)]
        assert run(heap, "def look(d): return [d.get('n9'), d.get('n12'), d.get('n13')]") == [None]
        assert heap.call("look", made) == [1, None, None]
        assert heap.call("look", given) == [None, 1, 2]
