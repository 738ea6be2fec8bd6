"""Every mistake with handles is a clear error of the right class, and the scope that was misused goes on."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain, repeat
from types import SimpleNamespace

import pytest

import ringfence as rf
from ringfence.isolate import Isolate
from tests.handles.conftest import LIMITS, SOURCE

Mistake = Callable[[rf.LiveHeap], object]


def iterate_and_append(heap: rf.LiveHeap) -> None:
    items = heap.list([1])
    for item in items:
        items.append(item)


def add_while_iterating(heap: rf.LiveHeap) -> None:
    elements = heap.set([1])
    for element in elements:
        elements.add(element + 1)


class Unreadable:
    """A class that the rule language does not know."""


MISTAKES: dict[str, tuple[Mistake, type[Exception], str]] = {
    "unknown global": (lambda h: h.get("vist"), rf.AbsentKey, 'no global vist .did you mean visit'),
    "call of an unknown global": (lambda h: h.call("vist"), rf.RuleError, "no global vist"),
    "call of no function": (lambda h: h.call("frozen"), rf.RuleError, "call of non-function .dict"),
    "too few arguments": (lambda h: h.call("first"), rf.RuleError, "first missing 1 argument"),
    "too many arguments": (lambda h: h.get("first")(1, 2), rf.RuleError, "accepts 1 positional"),
    "unknown keyword": (lambda h: h.get("first")(item=1), rf.RuleError, "unexpected keyword"),
    "a rule that fails": (lambda h: h.call("first", 5), rf.RuleError, "unhandled index operation int"),
    "missing key": (lambda h: h.dict(name=1)["nam"], rf.AbsentKey, 'key "nam" not in dict .did you mean'),
    "missing key of del": (lambda h: h.dict().__delitem__(1), rf.AbsentKey, "pop"),
    "missing key of pop": (lambda h: h.dict().pop(1), rf.AbsentKey, "pop"),
    "popitem of nothing": (lambda h: h.dict().popitem(), rf.AbsentKey, "empty"),
    "unhashable key": (lambda h: h.dict().__setitem__([], 1), rf.RuleError, "unhashable"),
    "unhashable element": (lambda h: h.set([[]]), rf.RuleError, "unhashable"),
    "index outside": (lambda h: h.list([1])[1], rf.AbsentIndex, "list index 1 out of range"),
    "negative index outside": (lambda h: h.tuple()[-1], rf.AbsentIndex, "out of range"),
    "huge index": (lambda h: h.list([1])[1 << 70], rf.AbsentIndex, "out of range"),
    "index of assignment outside": (lambda h: h.list().__setitem__(0, 1), rf.AbsentIndex, "out of range"),
    "pop of nothing": (lambda h: h.list().pop(), rf.AbsentIndex, "pop"),
    "index that is no number": (lambda h: h.list([1])["a"], rf.RuleError, "got string, want int"),  # type: ignore[index]
    "slice bound that is no number": (lambda h: h.list([1])["a":], TypeError, "integer"),  # type: ignore[misc]
    "zero step": (lambda h: h.list([1])[::0], rf.RuleError, "zero is not a valid slice step"),
    "slice of another length": (
        lambda h: h.list([1, 2, 3]).__setitem__(slice(None, None, 2), [1]), rf.AbsentValue, "1 values cannot",
    ),
    "value that is not there": (lambda h: h.list([1]).index(2), rf.AbsentValue, "not in list"),
    "removal of what is not there": (lambda h: h.list([1]).remove(2), rf.AbsentValue, "not found"),
    "element that is not there": (lambda h: h.set().remove(1), rf.AbsentKey, "remove"),
    "missing field": (lambda h: h.get("point").z, rf.AbsentAttribute, "struct has no .z attribute"),
    "assignment to a field": (lambda h: setattr(h.get("point"), "x", 2), rf.AbsentAttribute, "cannot change"),
    "unknown method": (lambda h: h.list().attribute("push"), rf.AbsentAttribute, "list has no .push"),
    "change of a frozen dict": (lambda h: h.get("frozen").__setitem__("n", 2), rf.RuleError, "frozen"),
    "change of a frozen list": (lambda h: h.get("frozen")["list"].append(1), rf.RuleError, "frozen list"),
    "slice of a frozen list": (lambda h: h.get("frozen")["list"].__delitem__(slice(1)), rf.RuleError, "frozen list"),
    "a list that changes under a loop": (iterate_and_append, rf.RuleError, "during iteration"),
    "a set that changes under a loop": (add_while_iterating, rf.RuleError, "during iteration"),
    "iteration over what has no elements": (
        lambda h: list(h.call("url", "http://a/")), rf.RuleError, "not iterable",
    ),
    "no counterpart": (lambda h: h.value(Unreadable()), rf.ConversionError, "Unreadable has no counterpart"),  # type: ignore[arg-type]
    "no counterpart inside": (lambda h: h.list([{"a": (date.today(),)}]), rf.ConversionError, "date has no"),
    "a lone surrogate": (lambda h: h.value("a\ud800"), rf.ConversionError, r"lone surrogate U\+D800 at index 1"),
    "a lone surrogate as a key": (lambda h: h.dict({"\udfff": 1}), rf.ConversionError, r"U\+DFFF"),
    "a lone surrogate in a name": (lambda h: h.get("\ud800"), rf.ConversionError, "lone surrogate"),
    "an endless integer": (lambda h: h.value(1 << (1 << 30)), rf.ConversionError, "bits is too large"),
    "a range past 64 bits": (lambda h: h.value(range(1 << 64)), rf.ConversionError, "64 bits"),
    "two NaNs as keys": (lambda h: h.dict({float("nan"): 1, -float("nan"): 2}), rf.RuleError, "NaN"),
    "keys that Python confuses": (
        lambda h: h.call("dict", [(1, "a"), (True, "b")]).to_python(), rf.ConversionError, "equal in Python",
    ),
    "keys that Python cannot hash": (
        lambda h: h.dict({h.get("point").attribute("x"): 1, h.struct(a=1): 2}).to_python(),
        rf.ConversionError, "key with a struct",
    ),
    "keys chosen to collide": (
        lambda h: h.dict({i * ((1 << 61) - 1): 0 for i in range(2000)}).to_python(),
        rf.ConversionError, "same hash",
    ),
    "pickling": (lambda h: pickle.dumps(h.list()), rf.HandleError, "cannot be pickled or copied"),
    "deep copy": (lambda h: copy.deepcopy(h.get("point")), rf.HandleError, "cannot be pickled or copied"),
    "a program without end": (lambda h: h.call("forever"), rf.FuelExhausted, "out of fuel"),
    "an operation that is too dear": (lambda h: h.call("nothings", 1_500_000).to_python(), rf.FuelExhausted, "fuel"),
    "too much memory": (lambda h: h.call("list", range(10_000_000)), rf.MemoryExceeded, "memory"),
    "operands that are too large": (lambda h: h.value(b"x" * (20 << 20)), rf.MemoryExceeded, "operands take"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_a_clear_error_and_nothing_breaks(heap: rf.LiveHeap, name: str) -> None:
    mistake, kind, message = MISTAKES[name]
    bystander = heap.list([1])
    with pytest.raises(kind, match=message) as caught:
        mistake(heap)
    del caught
    gc.collect()
    assert heap.is_open
    bystander.append(2)
    assert bystander.to_python() == [1, 2]
    node = heap.dict(name="a")
    node["self"] = node
    assert heap.call("visit", node) == "a0"


@pytest.mark.parametrize("kind", [rf.AbsentKey, rf.AbsentIndex, rf.AbsentValue, rf.AbsentAttribute])
def test_lookups_that_fail_are_rule_errors_and_pythons_own(kind: type[rf.RuleError]) -> None:
    own = {rf.AbsentKey: KeyError, rf.AbsentIndex: IndexError, rf.AbsentValue: ValueError}
    assert issubclass(kind, (rf.RuleError, own.get(kind, AttributeError)))
    assert str(kind("it is not there")).startswith("it is not there. ")


# Handles outside their scope.


def test_a_handle_of_another_scope_is_refused(rules: rf.RuleSet) -> None:
    with rules.enter() as one, rules.enter() as other:
        mine, foreign = one.list([1]), other.list([2])
        mistakes: list[Callable[[], object]] = [
            lambda: mine.append(foreign),
            lambda: one.call("first", [foreign]),
            lambda: one.call(other.get("first"), mine),
            lambda: one.dict({"a": {"b": foreign}}),
            lambda: mine == foreign,
            lambda: foreign in mine,
        ]
        for mistake in mistakes:
            with pytest.raises(rf.HandleError, match="another scope"):
                mistake()
        assert (mine == [1], foreign == [2]) == (True, True)


def test_handles_are_refused_after_their_scope(rules: rf.RuleSet) -> None:
    with rules.enter() as heap:
        items, function = heap.list([1]), heap.get("first")
        iterator = iter(items)
        next(iterator)
    mistakes: list[Callable[[], object]] = [
        lambda: items[0],
        lambda: len(items),
        lambda: items.append(1),
        lambda: list(items),
        lambda: next(iterator),
        lambda: function([1]),
        lambda: items == [1],
        items.to_python,
        heap.list,
        lambda: heap.get("first"),
        heap.collect,
    ]
    for mistake in mistakes:
        with pytest.raises(rf.HandleError, match="is over: it was left"):
            mistake()
    with rules.enter() as later, pytest.raises(rf.HandleError, match="is over"):
        later.call("first", items)
    assert "it was left" in repr(items)
    assert hash(items) == hash(items) and items == items
    heap.close()  # twice is once


def test_handles_are_refused_after_their_rule_set_was_closed() -> None:
    rules = rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE}), limits=LIMITS)
    with rules.enter() as heap:
        items = heap.list([1])
        rules.close()
        assert not heap.is_open
        with pytest.raises(rf.HandleError, match="rule set was closed"):
            items.append(1)
        with pytest.raises(rf.ClosedError):
            rules.enter()


def test_a_scope_whose_guest_broke_is_over(heap: rf.LiveHeap) -> None:
    items = heap.list([1])
    # As if the guest had lost its marbles: its frame stack is where its code cannot be.
    heap._isolate._view[: 1 << 16] = bytes(1 << 16)
    with pytest.raises(rf.IsolateTrapped):
        heap.call("first", items)
    for mistake in (lambda: items[0], lambda: heap.list()):
        with pytest.raises(rf.HandleError, match="its guest broke"):
            mistake()


class Liar:
    """An isolate whose guest answers with the same bytes, whatever it is asked."""

    def __init__(self, isolate: Isolate, answer: bytes) -> None:
        self.isolate = isolate
        self.answer = answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.isolate, name)

    def output(self) -> bytes:
        return self.answer


def test_an_answer_that_makes_no_sense_ends_the_scope(rules: rf.RuleSet) -> None:
    # Whatever bytes the guest writes: an error of the package, in bounded time.
    for answer in (b"\xff", b"\x06\xff\xff\xff\xff", b"\x0a\x01", b"\x09\x00\x00\x00\x00", b"\x05\x00\xff\xff\xff\xff", b"\x06\x01\x00\x00\x00\xff"):  # fmt: skip
        with rules.enter() as heap:
            items = heap.list([1])
            heap._isolate = Liar(heap._isolate, answer)  # type: ignore[assignment]
            with pytest.raises(rf.IsolateTrapped, match="cannot be read"):
                items[0]
            with pytest.raises(rf.HandleError, match="its guest broke"):
                items[0]


def test_another_thread_is_refused_while_an_operation_runs(heap: rf.LiveHeap) -> None:
    errors: list[Exception] = []
    started = threading.Event()

    def work() -> None:
        started.set()
        try:
            heap.call("forever")
        except rf.RingfenceError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    refused = 0
    thread.start()
    started.wait()
    while thread.is_alive():
        try:
            heap.list()
        except rf.HandleError as error:
            assert "in use by another thread" in str(error)
            refused += 1
    thread.join()
    assert refused > 0
    # One of the two was refused at any time, and neither was harmed.
    assert all(isinstance(error, rf.FuelExhausted | rf.HandleError) for error in errors)
    assert heap.list([1]) == [1]


def test_threads_take_turns_and_drop_handles_at_any_time(heap: rf.LiveHeap) -> None:
    turn = threading.Lock()
    shared = heap.list([heap.list([i]) for i in range(10)])
    failures: list[Exception] = []

    def work() -> None:
        try:
            for i in range(200):
                with turn:
                    item = shared[i % 10]
                    assert item == [i % 10]
                del item  # while another thread may be in an operation
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_operand_that_uses_the_scope_while_it_is_sent_is_refused(heap: rf.LiveHeap) -> None:
    class Sneaky(list):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[object]:
            return chain([heap.list()], repeat(1, 0))

    with pytest.raises(rf.HandleError, match="in the middle of an operation"):
        heap.value([Sneaky()])
    assert heap.value(SimpleNamespace(a=1)).a == 1
