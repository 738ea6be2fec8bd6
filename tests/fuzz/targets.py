"""What is fuzzed: sources, bundles, events, regular expressions, the JSON module; how inputs begin, and what must hold.

Every target promises for every input: it ends as such runs may end, in time, with errors that point into the source; the same
input gives the same again, with a collection at every allocation too; and the next event is decided as if nothing had been.
"""

from __future__ import annotations

import json
import math
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ringfence.instance import IsolateBroken
from ringfence.manifest import OPTIONS
from ringfence.results import parsed_error
from tests.conformance.chunks import read_chunks
from tests.fuzz import documents, patterns
from tests.fuzz.instrumented import Instrumented
from tests.fuzz.mutation import MAX_BYTES
from tests.fuzz.outcome import OK, STATIC, Finding, Outcome, check_kind, check_places, is_slow
from tests.fuzz.programs import Generator
from tests.fuzz.runs import (
    MAIN,
    EventResult,
    evaluate,
    evaluate_batch,
    load_bundle,
    loaded_image,
    run_event,
    run_program,
)
from tests.fuzz.vocabulary import SOURCE_WORDS

TESTS = Path(__file__).resolve().parents[1]
CORPUS = Path(__file__).parent / "corpus"
ALL_OPTIONS = list(OPTIONS)
LIMITS = {"fuel", "memory", "deadline"}
CHANCES = 4
CALM = b'{"id": 7, "path": "/calm", "ratio": 0.5}'


class Target(ABC):
    """One kind of input. `words` are its tokens, for mutations."""

    name: str
    words: Sequence[bytes]

    def __init__(self, guest: Instrumented) -> None:
        self.guest = guest

    def seeds(self) -> Iterator[bytes]:
        """The inputs to start from: those that once failed, and some ordinary ones."""
        for path in sorted(CORPUS.glob(f"{self.name}-*")):
            yield path.read_bytes()
        rng = random.Random(self.name)
        for _ in range(20):
            yield self.generate(rng)

    @abstractmethod
    def generate(self, rng: random.Random) -> bytes:
        """An input from the grammar."""

    @abstractmethod
    def attempt(self, data: bytes, stress: bool) -> Outcome:
        """Run an input and check what can be seen from one run; raises `Finding`."""

    def run(self, data: bytes) -> bytes:
        """Run an input: the bits of its map."""
        return self.attempt(data, False).coverage

    def run_in_time(self, data: bytes) -> bytes:
        """The same, and it must not take too long; a busy machine is given more chances."""
        outcome = self.attempt(data, False)
        tries = 1
        while is_slow(outcome):
            if tries == CHANCES:
                raise Finding(
                    "takes too long for its fuel", f"{outcome.seconds:.2f} s for {outcome.fuel} units"
                )
            outcome = self.attempt(data, False)
            tries += 1
        return outcome.coverage

    def run_again(self, data: bytes, *, stress: bool) -> None:
        """The same input twice, the second time perhaps with a collection at every allocation: nothing may differ."""
        first, second = self.attempt(data, False), self.attempt(data, stress)
        unstable = {"deadline", "memory", "internal"} if stress else {"deadline"}
        if first.kind in unstable or second.kind in unstable:
            return
        if not first.same_as(second):
            what = "a collection at every allocation" if stress else "a second run"
            detail = f"{first.kind} {first.fuel} {first.error} {first.output!r}"
            raise Finding(
                f"{what} changes what happens",
                f"{detail}\n{second.kind} {second.fuel} {second.error} {second.output!r}",
            )
        if not stress and first.coverage != second.coverage:
            raise Finding("a second run goes other ways")


class SourceTarget(Target):
    """A program, executed with every option of the dialect; with none if its first line is `#plain`."""

    name = "source"
    words = SOURCE_WORDS

    def seeds(self) -> Iterator[bytes]:
        """Also the conformance programs and the hostile ones."""
        yield from super().seeds()
        for path in sorted((TESTS / "conformance").glob("*.star")):
            for chunk in read_chunks(path):
                for program in chunk.programs():
                    source = program.source.encode()
                    if len(source) <= MAX_BYTES:
                        yield source
        for path in sorted((TESTS / "hostile" / "programs").glob("*.star")):
            yield path.read_bytes() + b"\nprint(attack({}))\n"

    def generate(self, rng: random.Random) -> bytes:
        """A program that could be judged by other implementations too."""
        return Generator(rng.randrange(1 << 32)).program().encode()

    def attempt(self, data: bytes, stress: bool) -> Outcome:
        """Execute it."""
        options = [] if data.startswith(b"#plain") else ALL_OPTIONS
        outcome = run_program(self.guest, data, options, stress=stress)
        check_kind(outcome, {OK, STATIC, "rule", *LIMITS}, stress)
        check_places(outcome, {MAIN: data})
        return outcome


class BundleTarget(Target):
    """The files of a bundle: `--- path` lines between them; the first one is main.star. Events are decided if it loads."""

    name = "bundle"
    words = (*SOURCE_WORDS, b"\n--- lib.star\n", b"\n--- data/x.json\n", b'load("lib.star", "f")', b'data("x.json")',
             b'rule("r", when = lambda e: True, then = "x")', b"def decide(event):\n  return event\n")  # fmt: skip
    events = (CALM, b'{"id": 1, "path": "/admin", "tags": ["a", {"b": null}], "ratio": 1e300}', CALM)

    def generate(self, rng: random.Random) -> bytes:
        """A library, data, and rules that use both."""
        library = Generator(rng.randrange(1 << 32)).program(calls=False)
        if rng.random() < 0.3:
            rules = "def decide(event):\n    return [K, D, f1(len(event)), event.get('path')]\n"
        else:
            rules = self.rules(rng)
        main = f'load("lib.star", "K", "f1")\nD = data("x.json")\n{rules}'
        return f"{main}--- lib.star\n{library}--- data/x.json\n".encode() + documents.document(rng)

    @staticmethod
    def rules(rng: random.Random) -> str:
        """Some rules."""
        fields = ("id", "path", "tags", "ratio", "none")
        return "".join(
            f'rule("r{n}", priority = {rng.randrange(5)}, when = lambda e: '
            f"e.get({rng.choice(fields)!r}) {rng.choice(('==', '!='))} {rng.choice(('7', 'K', 'D', 'None'))}, "
            f"then = {rng.choice(('K', 'D', repr('x'), 'lambda e: e', 'lambda e: f1(len(e))'))})\n"
            for n in range(rng.randrange(1, 4))
        )

    def files(self, data: bytes) -> dict[str, bytes]:
        """The files of an input. Names are the host's, so they are always fit for a bundle."""
        files: dict[str, bytes] = {}
        name = MAIN
        lines: list[bytes] = []
        for line in data.split(b"\n"):
            if line.startswith(b"--- "):
                files.setdefault(name, b"\n".join([*lines, b""]))
                name, lines = self.file_name(line[4:]), []
            else:
                lines.append(line)
        files.setdefault(name, b"\n".join(lines))
        return {name: files[name] for name in sorted(files)}

    @staticmethod
    def file_name(text: bytes) -> str:
        """A path that a bundle may have."""
        words = re.findall(r"[a-z0-9_]+", text.decode(errors="replace")) or ["x"]
        return f"data/{words[1]}.json" if words[0] == "data" and len(words) > 1 else f"{words[0]}.star"

    def attempt(self, data: bytes, stress: bool) -> Outcome:
        """Load it and decide three events, of which two are the same."""
        files = self.files(data)
        isolate, outcome = load_bundle(self.guest, files, stress=stress)
        check_kind(outcome, {OK, STATIC, "rule", *LIMITS}, stress)
        check_places(outcome, files)
        if isolate is None:
            return outcome
        try:
            results = [evaluate(isolate, event) for event in self.events]
            together = evaluate_batch(isolate, self.events)
            coverage = self.guest.coverage.read(isolate)
        except IsolateBroken as broken:
            raise Finding(f"an event breaks the guest: {broken.error}") from broken
        finally:
            isolate.close()
        for result in results:
            if result.status:
                error = parsed_error(result.text, result.fuel)
                failed = Outcome(error.kind, error, b"", result.fuel, 0.0, b"")
                check_kind(failed, {"rule", *LIMITS}, stress)
                check_places(failed, files)
        if not any(b'"kind": "deadline"' in result.text for result in (*results, *together)):
            if results[0] != results[2]:
                raise Finding("an event changes how the next one is decided", f"{results[0]}\n{results[2]}")
            if results != together:
                raise Finding("a batch decides otherwise", f"{results}\n{together}")
        output = b"\n".join(b"%d %s" % (result.fuel, result.text) for result in results)
        return Outcome(OK, None, output, outcome.fuel, outcome.seconds, coverage)


ECHO = b"""\
def decide(event):
    for key, value in event.items():
        if key == "path" and value == "/admin":
            return [event, str(event), len(event)]
    return event
"""


class EventTarget(Target):
    """The JSON of an event, for rules that give it back. CPython's decoder is the judge of what is JSON."""

    name = "event"
    words = documents.WORDS

    def __init__(self, guest: Instrumented) -> None:
        super().__init__(guest)
        self.image = loaded_image(guest, {MAIN: ECHO})
        _, _, self.calm = run_event(guest, self.image, b"{}", CALM)

    def seeds(self) -> Iterator[bytes]:
        """Also a few more, from everywhere."""
        yield from (CALM, b"{}", b"[]", b"", b"1", b'{"path": "/admin", "x": [1.5]}')
        yield from super().seeds()

    def generate(self, rng: random.Random) -> bytes:
        """An object."""
        return documents.document(rng)

    def attempt(self, data: bytes, stress: bool) -> Outcome:
        """Decide it, then another one."""
        outcome, result, calm = run_event(self.guest, self.image, data, CALM, stress=stress)
        check_kind(outcome, {OK, "rule", "input", *LIMITS}, stress)
        check_places(outcome, {MAIN: ECHO})
        if result is None:
            return outcome
        if calm != self.calm:
            raise Finding("an event changes how the next one is decided", f"{calm} instead of {self.calm}")
        self.compare(data, outcome, result)
        return outcome

    def compare(self, data: bytes, outcome: Outcome, result: EventResult) -> None:
        """What is JSON for CPython is an event here, with the same value; what is not is refused."""
        expected = python_event(data)
        if expected is None:
            if outcome.kind != "input":
                raise Finding("what is no event is decided", f"{outcome.kind}: {result.text!r}")
        elif outcome.kind == "input":
            raise Finding("an event is refused", str(outcome.error))
        elif outcome.kind == OK and not (isinstance(expected, dict) and expected.get("path") == "/admin"):
            decision = json.loads(result.text)
            if not same_json(decision, expected):
                raise Finding("an event is misread", f"{decision!r} instead of {expected!r}")


MAX_LEVELS = 200
SURROGATE = re.compile("[\ud800-\udfff]")


def python_event(data: bytes) -> dict[str, Any] | None:
    """The event as CPython reads it; None if it is none by the rules for events."""
    try:
        text = data.decode()
        found = json.loads(text, parse_constant=refuse, parse_float=finite, object_pairs_hook=whole_keys)
    except (ValueError, RecursionError):
        return None
    return without_surrogates(found) if isinstance(found, dict) and levels(text) <= MAX_LEVELS else None


def refuse(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def finite(text: str) -> float:
    """A number that a double can hold."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def levels(text: str) -> int:
    """How many containers of a JSON text are inside each other, those included of which a later member takes the place."""
    most = now = 0
    for mark in re.findall(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        now += 1 if mark in "[{" else -1 if mark in "]}" else 0
        most = max(most, now)
    return most


def without_surrogates(found: Any) -> Any:
    """Each unpaired surrogate replaced, as the guest does."""
    if isinstance(found, str):
        return SURROGATE.sub("\ufffd", found)
    if isinstance(found, dict):
        return {key: without_surrogates(part) for key, part in found.items()}
    return [without_surrogates(part) for part in found] if isinstance(found, list) else found


def whole_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object; the last of one name wins, and has the first one's place."""
    return {without_surrogates(key): value for key, value in pairs}


def same_json(left: Any, right: Any) -> bool:
    """Equal, with types and the signs of zeros."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same_json(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return repr(left) == repr(right)


class ProgramTarget(Target):
    """Texts for a fixed program, as `args`: a list of the input's parts between zero bytes."""

    program: bytes

    def attempt(self, data: bytes, stress: bool) -> Outcome:
        """Run the program on it."""
        arguments = [part.decode(errors="replace") for part in data.split(b"\0")]
        outcome = run_program(self.guest, self.program, [], arguments, stress=stress)
        check_kind(outcome, {OK, "rule", *LIMITS}, stress)
        check_places(outcome, {MAIN: self.program})
        self.judge(arguments, outcome)
        return outcome

    def judge(self, arguments: list[str], outcome: Outcome) -> None:
        """What else must be true."""


class RegexTarget(ProgramTarget):
    """A pattern and a text, for every method of regular expressions."""

    name = "regex"
    words = patterns.WORDS
    program = b"""\
def main(pattern, text = "", *rest):
    found = regex(pattern)
    print(found.match(text), found.search(text), found.find(text))
    print(found.findall(text), found.groups(text))
    print(found.replace(text, "<$0>"))

main(*args)
"""

    def generate(self, rng: random.Random) -> bytes:
        """A pattern and a text."""
        return patterns.pattern_and_text(rng)


class JsonTarget(ProgramTarget):
    """A text for the `json` module: what it decodes it encodes, and decodes to the same again."""

    name = "json"
    words = documents.WORDS
    program = b"""\
def main(text, *rest):
    print(json.indent(text))
    value = json.decode(text)
    encoded = json.encode(value)
    print(encoded)
    if json.decode(encoded) != value:
        fail("not the same")
    print(json.encode_indent(value))

main(*args)
"""

    def generate(self, rng: random.Random) -> bytes:
        """A document."""
        return documents.document(rng)

    def judge(self, arguments: list[str], outcome: Outcome) -> None:
        """Encoding and decoding are inverse."""
        if "not the same" in str(outcome.error):
            raise Finding("json.encode and json.decode are not inverse", str(outcome.error))


TARGETS: tuple[type[Target], ...] = (SourceTarget, BundleTarget, EventTarget, RegexTarget, JsonTarget)
