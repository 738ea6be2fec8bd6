"""Derivations: one event decided so that another machine with the same guest can decide it once more, to the last byte of state.

A pristine isolate of the loaded bundle decides the event in one go, and everything is left as it is at the end. A WebAssembly
machine with this guest has no choice in any of that: the memory at the end is a function of the image, the event, its time
and the answers of the host. Its digest is over the parts of the memory that can differ from the image (`delta.py`), but
for the one word that the clock may write. The image is a function of the bundle and of the limits that it was loaded under.

`RuleSet` makes receipts this way, `replay.py` checks them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.abi import ADDRESS_AND_LENGTH, NO_SLICES, RECORD, U32, Kind, Status
from ringfence.batch import JSON_BLANKS, host_error, place_in_line
from ringfence.decision import Decision, ReceiptedDecision
from ringfence.delta import Delta
from ringfence.engine import Engine
from ringfence.functions import (
    CallCounts,
    HostCall,
    HostFunctions,
    Refusal,
    answer_requests,
)
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate, Part
from ringfence.limits import Budget
from ringfence.pool import Pool
from ringfence.provenance import Provenance
from ringfence.receipt import Receipt, RecordedCall, line_with_receipt
from ringfence.results import Results, parsed_error

FUEL_KEY = b', "fuel": '
"""What stands before the fuel, the last key of an output line."""

UNREPEATABLE = frozenset((Kind.DEADLINE, Kind.INTERNAL))
"""How an event may end for a reason that lies in the machine: there is no receipt for it."""
UNREPEATABLE_NAMES = frozenset(kind.name.lower() for kind in UNREPEATABLE)

Ask = Callable[[HostCall], bytes]
"""Answers a call of the host with JSON; raises `Refusal`."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How an event ended: its record and output line, without its end, and the receipt for it, if there can be one."""

    status: int
    rule: int
    fuel: int
    text: bytes
    line: bytes
    printed: bytes
    refusal: Refusal | None
    receipt: Receipt | None


class Deriver:
    """Derives the decisions of one rule set. Threads may share it."""

    def __init__(
        self,
        engine: Engine,
        pool: Pool,
        budget: Budget,
        results: Results,
        functions: HostFunctions,
        provenance: Provenance,
    ) -> None:
        self._engine = engine
        self._pool = pool
        self.budget = budget
        self._results = results
        self._functions = functions
        self.guest = engine.guest.digest
        self.bundle = provenance.bundle

    def derive(
        self, event: bytes, now: int | None, ask: Ask | None = None, deadline: float | None = None
    ) -> Derivation:
        """Decide an event; `now` in nanoseconds since 1970. Without `ask`, the rule set's functions are asked.

        Raises `IsolateBroken`, and what `ask` raises. The guest has `deadline` seconds, if not those of the rule set.
        """
        seconds = self.budget.deadline if deadline is None else deadline
        recording = Recording(self, event, now, [])
        answers = ask or self.ask()

        def asked(call: HostCall) -> bytes:
            try:
                reply = answers(call)
            except Refusal as refusal:
                recording.refused(call, refusal.reason)
                raise
            recording.answered(call, reply)
            # To the byte what a replay answers.
            return recording.calls[-1].reply()

        isolate = self._pool.fresh()
        try:
            if now is not None:
                isolate.set_now(now)
            isolate.keep_end()
            isolate.set_deadline(seconds)
            if isolate.begin(event, NO_SLICES) == Status.STARVED:
                isolate.end(Kind.FUEL)
            answer, refusal = answer_requests(self._functions, isolate, isolate.result(), seconds, asked)
            status, rule, fuel, text = answer
            line = isolate.output()
            if not line.endswith(b"}") or line.count(FUEL_KEY) == 0:
                raise isolate.broken(ValueError("an output line that says no fuel"))
            receipt = None
            if status not in UNREPEATABLE:
                receipt = self._receipt(recording, fuel, line, self._state(isolate))
            derived = Derivation(status, rule, fuel, text, line, isolate.take_printed(), refusal, receipt)
        except BaseException:
            isolate.close()
            raise
        self._pool.free(isolate)
        return derived

    def ask(self) -> Ask:
        """The functions of the rule set, as one event may call them."""
        counts = CallCounts()
        return lambda call: self._functions.call(call, counts)

    def decision(self, derived: Derivation) -> Decision:
        """The decision, with its receipt. Raises the error that the event ended in, which has one too."""
        if derived.status:
            error = parsed_error(derived.text, derived.fuel)
            if derived.refusal is not None:
                error = derived.refusal.as_error(error)
            error.receipt = derived.receipt
            raise error from (derived.refusal.cause if derived.refusal is not None else None)
        if self._results.lists_rules:
            made = self._results.from_line(derived.line)
        else:
            made = self._results.decision(derived.text, derived.rule, derived.fuel)
        return ReceiptedDecision(made, derived.receipt)

    def part(self, lines: bytes, now: int | None) -> Part:
        """Decide each of these lines, for output lines with receipts; those for which there is none say null."""
        records, output, printed = bytearray(), bytearray(), bytearray()
        for line in lines.split(b"\n"):
            if not line.strip(JSON_BLANKS):
                continue
            receipt: Receipt | None = None
            try:
                derived = self.derive(line, now)
                answer, receipt = derived.line, derived.receipt
                printed += derived.printed
                offset = place_in_line(derived.text, answer)
                record = (derived.status, derived.rule, derived.fuel, offset, len(derived.text))
            except IsolateBroken as broken:
                record, answer = host_error(broken.error)
            status, rule, fuel, offset, length = record
            records += RECORD.pack(status, rule, fuel, len(output) + offset, length)
            output += line_with_receipt(answer, receipt) + b"\n"
        return Part(len(lines), len(records) // RECORD.size, bytes(records), bytes(output), bytes(printed))

    def _receipt(self, recording: Recording, fuel: int, line: bytes, state: str) -> Receipt:
        return Receipt(
            self.guest,
            self.bundle,
            hashlib.sha256(recording.event).hexdigest(),
            self.budget.fuel,
            self.budget.memory,
            recording.now,
            tuple(recording.calls),
            fuel,
            outcome_digest(line),
            state,
        )

    def _state(self, isolate: Isolate) -> str:
        return state_digest(isolate.delta(), self._engine.variables.interrupt)


class Diverged(Exception):
    """A rule asked something else than when the calls were recorded. `recorded` is None after the last of them."""

    def __init__(self, number: int, recorded: RecordedCall | None, call: HostCall) -> None:
        super().__init__(f"call {number} is another one")
        self.number = number
        self.recorded = recorded
        self.call = RecordedCall(call.function, call.arguments)


class Recorded:
    """Answers calls as they were answered when they were recorded. Raises `Diverged` for any other call."""

    def __init__(self, calls: Sequence[RecordedCall]) -> None:
        self._calls = calls
        self.answered = 0

    def __call__(self, call: HostCall) -> bytes:
        number = self.answered
        recorded = self._calls[number] if number < len(self._calls) else None
        # As texts, because 1, 1.0 and True are equal to Python.
        if recorded is None or str(recorded) != str(RecordedCall(call.function, call.arguments)):
            raise Diverged(number + 1, recorded, call)
        self.answered += 1
        if recorded.refused is not None:
            raise Refusal(recorded.refused, recorded.function)
        return recorded.reply()


@dataclass(slots=True)
class Recording:
    """What is kept of an evaluation in hand, so that there can be a receipt for it."""

    deriver: Deriver
    event: bytes
    now: int | None
    calls: list[RecordedCall]

    def answered(self, call: HostCall, reply: bytes) -> None:
        """The host has answered a call."""
        self.calls.append(RecordedCall(call.function, call.arguments, json.loads(reply)))

    def refused(self, call: HostCall, reason: str) -> None:
        """The host has no answer."""
        self.calls.append(RecordedCall(call.function, call.arguments, refused=reason))

    def receipt(self) -> Receipt | None:
        """The receipt, from deciding the event once more in one go. Raises `EvaluationError` if that cannot be done."""
        try:
            return self.deriver.derive(self.event, self.now, Recorded(self.calls)).receipt
        except IsolateBroken as broken:
            raise broken.error from None


def outcome_digest(line: bytes) -> str:
    """The SHA-256 of an output line, without what comes after it, up to its fuel."""
    return hashlib.sha256(line.rpartition(FUEL_KEY)[0]).hexdigest()


def state_digest(delta: Delta, interrupt: int) -> str:
    """The SHA-256 of a memory's pieces with their places; the word at `interrupt`, which the clock writes, counts as zero."""
    digest = hashlib.sha256()
    for address, content in delta:
        digest.update(ADDRESS_AND_LENGTH.pack(address, len(content)))
        at = interrupt - address
        if 0 <= at < len(content):
            digest.update(content[:at])
            digest.update(bytes(U32.size))
            content = content[at + U32.size :]
        digest.update(content)
    return digest.hexdigest()
