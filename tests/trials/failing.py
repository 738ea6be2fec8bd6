"""The n-th allocation fails: a program is run with every n, and each time it must end in a clean memory error.

A program (`programs/*.star`) defines `run(e)`, or declares rules. It is tried in each of these ways, always in one
isolate, so that what one failure left behind meets the next run:

    load      the bundle, from its source to the frozen image
    evaluate  an event, from its JSON to the decision's; then the same event, which must be decided as ever
    execute   the program as `ringfence exec` runs it, from its source to its last line; then the same again

The guest counts allocations in its slow path (`guest/heap/allocate.py`), with or without collecting at each of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import ringfence as rf
from ringfence._wasm import Handle
from ringfence.abi import U32, Kind, Status, encode_files
from ringfence.errors import MemoryExceeded
from ringfence.image import Image, compiled, encode, pages_of
from ringfence.isolate import Isolate
from ringfence.limits import MEBIBYTE, Budget
from ringfence.reports import loading_failure
from ringfence.results import parsed_error

PROGRAMS = Path(__file__).parent / "programs"
MOST = 2000  # allocations of a program that are made to fail
BUDGET = Budget(fuel=2_000_000, memory=64 * MEBIBYTE, deadline=5.0)
COLLECT, COUNT = 1, 2  # guest.heap.allocate.Stress
EVENT = json.dumps(
    {
        "words": ["alpha", "beta", "gamma", "delta"],
        "n": 40,
        "text": "some text, and more",
        "deep": {"a": {"b": [None, True, 1.5]}},
    }
).encode()
DECIDE = "\ndef decide(event):\n    return run(event)\n"
EXECUTE = "\nprint(run(struct(**args)))\n"
MESSAGES = {
    "out of memory: the evaluation needs more than its limit",
    "out of memory while an error was reported",
}


@dataclass(frozen=True)
class Answer:
    """How a run ended: the status, the fuel, and all that was written."""

    status: int
    fuel: int
    text: bytes
    printed: bytes


class Trial:
    """One program in one isolate. `collecting`: every allocation collects as well, which takes a hundred times as long."""

    def __init__(self, path: Path, *, collecting: bool = False, budget: Budget = BUDGET) -> None:
        self.source = path.read_text(encoding="utf-8")
        self.engine = rf.Runtime().engine
        self.collecting = collecting
        self.budget = budget
        self.isolate = self.fresh(self.engine.base)

    def fresh(self, image: Image) -> Isolate:
        """An isolate whose allocations are counted."""
        isolate = Isolate(self.engine, image, self.budget)
        self.set(isolate, "allocate.gc_stress", COLLECT if self.collecting else COUNT)
        self.set(isolate, "allocate.limit", 0)
        return isolate

    def set(self, isolate: Isolate, variable: str, worth: int) -> None:
        """Write a variable of the guest's heap."""
        address = self.engine.guest.layout.address(f"guest.heap.{variable}")
        U32.pack_into(isolate.memory(), address, worth)

    def fail_at(self, count: int) -> None:
        """Let the allocation after so many others fail; 0: none."""
        self.set(self.isolate, "allocate.gc_fail_after", count)

    def has_failed(self) -> bool:
        """Whether the run has come as far as that."""
        address = self.engine.guest.layout.address("guest.heap.allocate.gc_fail_after")
        return bool(U32.unpack_from(self.isolate.memory(), address)[0] == 0)

    @cached_property
    def is_bundle(self) -> bool:
        """Whether the program declares rules, and can be no program of `exec`."""
        return "\nrule(" in self.source

    @cached_property
    def configuration(self) -> dict[str, object]:
        """What its header asks for."""
        options = re.findall(r"^# options: (.*)$", self.source, re.MULTILINE)
        policy = re.findall(r"^# policy: (.*)$", self.source, re.MULTILINE)
        return {
            "entry": "main.star",
            "hit_policy": policy[0] if policy else "first",
            "options": options[0].split() if options else [],
            "seed": 7,
        }

    def start(self, function: str, source: str, configuration: dict[str, object]) -> Answer:
        """Load or execute, from the source to the end."""
        files = {"": json.dumps(configuration).encode(), "main.star": source.encode()}
        status = self.isolate.start(function, encode_files(files))
        printed = self.isolate.take_printed()
        while status == Status.SUSPENDED:
            status = self.isolate.resume()
            printed += self.isolate.take_printed()
        return Answer(status, self.isolate.fuel_used, self.isolate.output(), printed)

    def load(self) -> Answer:
        """Load the program as a bundle, into an isolate that knows nothing."""
        self.isolate.close()
        self.isolate = self.fresh(self.engine.base)
        return self.reload()

    def reload(self) -> Answer:
        """Load the program as a bundle."""
        source = self.source if self.is_bundle else self.source + DECIDE
        return self.start("load", source, self.configuration)

    def loaded(self) -> Image:
        """Go on in an isolate of the loaded bundle; its image."""
        answer = self.load()
        assert answer.status == Status.DONE, answer
        self.isolate.set_event_budget(self.budget)
        memory = self.isolate.memory()
        size = len(memory)
        binary = encode(memory)
        del memory
        self.isolate.close()
        image = Image(Handle(compiled(self.engine.native, binary)), pages_of(size))
        self.isolate = self.fresh(image)
        return image

    def execute(self) -> Answer:
        """Run the program as `exec` does."""
        arguments = json.loads(EVENT)
        return self.start("execute", self.source + EXECUTE, {**self.configuration, "args": arguments})

    def evaluate(self) -> Answer:
        """Decide the event."""
        status, _, fuel, text = self.isolate.evaluate(EVENT)
        return Answer(status, fuel, text, self.isolate.take_printed())


def check_memory_error(error: Exception) -> None:
    """The error is the one that users are told when memory is short."""
    assert isinstance(error, MemoryExceeded), repr(error)
    assert error.message in MESSAGES, error.message


def fail_loading(trial: Trial, counts: Iterable[int]) -> Iterator[int]:
    """Fail each of these allocations of a load; gives each that there was."""
    normal = trial.load()
    for count in counts:
        trial.isolate.close()
        trial.isolate = trial.fresh(trial.engine.base)
        trial.fail_at(count)
        answer = trial.reload()
        if not trial.has_failed():
            assert answer == normal
            return
        assert answer.status == Status.FAILED, (count, answer)
        check_memory_error(loading_failure(answer.text, answer.fuel))
        yield count


def fail_evaluating(trial: Trial, counts: Iterable[int]) -> Iterator[int]:
    """Fail each of these allocations of an event, and decide it again without."""
    trial.loaded()
    normal = trial.evaluate()
    for count in counts:
        trial.fail_at(count)
        answer = trial.evaluate()
        if not trial.has_failed():
            assert answer == normal
            return
        assert answer.status == Kind.MEMORY, (count, answer)
        check_memory_error(parsed_error(answer.text, answer.fuel))
        assert trial.evaluate() == normal, count
        yield count


def fail_executing(trial: Trial, counts: Iterable[int]) -> Iterator[int]:
    """Fail each of these allocations of a program, and run it again without."""
    normal = trial.execute()
    for count in counts:
        trial.fail_at(count)
        answer = trial.execute()
        if not trial.has_failed():
            assert answer == normal
            return
        assert answer.status == Status.FAILED, (count, answer)
        check_memory_error(loading_failure(answer.text, answer.fuel))
        assert trial.execute() == normal, count
        yield count


WAYS = {"load": fail_loading, "evaluate": fail_evaluating, "execute": fail_executing}
