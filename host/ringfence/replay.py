"""Replays: a receipt held against a rule set. The event is derived once more, and whatever differs is named.

The answers of the host come from the receipt, so no function is called and nothing outside happens. What differs is told in
the order of causes: where the guest is another one, nothing else is compared, because only the same guest promises the same
fuel and the same state. `RuleSet.replay` and `ringfence replay` use this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ringfence.abi import Kind
from ringfence.derivation import Derivation, Deriver, Diverged, Recorded
from ringfence.errors import UsageError
from ringfence.instance import IsolateBroken
from ringfence.limits import format_size
from ringfence.receipt import Receipt
from ringfence.results import parsed_error

REPLAY_DEADLINE = 10.0
"""Seconds for a replay, where the rule set has less: a slower machine must be able to repeat what a faster one did."""

WORDS = {
    "guest": "the guest is another version: nothing else is compared",
    "bundle": "the bundle is another one",
    "limits": "the limits are others",
    "event": "the event is another one",
    "calls": "the host was asked something else",
    "outcome": "the decision or the error is another one",
    "fuel": "the fuel is not the same",
    "state": "the memory at the end is not the same",
    "line": "the output line is not the one that the receipt is for",
}
"""What a difference means, by its name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the receipt says; `what` is a key of `WORDS`, the others are what it was and what it is."""

    what: str
    recorded: str
    now: str

    def __str__(self) -> str:
        return f"{WORDS[self.what]}: recorded {self.recorded}, now {self.now}"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"what": self.what, "recorded": self.recorded, "now": self.now}


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay: the same, or what differs, the likeliest cause first."""

    differences: tuple[Difference, ...]
    line: str = ""
    """The output line that the replay came to; empty where it did not come to an end."""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def replayed(deriver: Deriver, event: bytes, receipt: Receipt) -> Replay:
    """Derive the event as the receipt says. Raises `EvaluationError` if that ends where no receipt can be."""
    if not isinstance(receipt, Receipt):
        raise UsageError(
            f"a receipt is a Receipt, not {type(receipt).__name__}",
            advice="Receipt.from_json(text) makes one of JSON.",
        )
    if receipt.guest != deriver.guest:
        return Replay((Difference("guest", receipt.guest, deriver.guest),))
    causes = tuple(_causes(deriver, event, receipt))
    recorded = Recorded(receipt.calls)
    seconds = max(REPLAY_DEADLINE, deriver.budget.deadline)
    try:
        derived = deriver.derive(event, receipt.now, recorded, seconds)
    except Diverged as other:
        before = "no such call" if other.recorded is None else f"{other.recorded}"
        return Replay((*causes, Difference("calls", f"{before} as call {other.number}", str(other.call))))
    except IsolateBroken as broken:
        raise broken.error from None
    if derived.receipt is None:
        raise parsed_error(derived.text, derived.fuel)
    effects = tuple(_effects(receipt, derived, derived.receipt, recorded.answered, bool(causes)))
    return Replay((*causes, *effects), derived.line.decode(errors="replace"))


def _causes(deriver: Deriver, event: bytes, receipt: Receipt) -> Iterator[Difference]:
    """How what the decision is a function of differs."""
    if receipt.bundle != deriver.bundle:
        yield Difference("bundle", receipt.bundle, deriver.bundle)
    here = deriver.budget
    if (receipt.fuel_limit, receipt.memory_limit) != (here.fuel, here.memory):
        yield Difference(
            "limits",
            limits_text(receipt.fuel_limit, receipt.memory_limit),
            limits_text(here.fuel, here.memory),
        )
    digest = hashlib.sha256(event).hexdigest()
    if receipt.event != digest:
        yield Difference("event", receipt.event, digest)


def _effects(
    receipt: Receipt, derived: Derivation, again: Receipt, answered: int, is_expected: bool
) -> Iterator[Difference]:
    """How what came of it differs. The state is that of another machine if there are causes: then it says nothing more."""
    if answered < len(receipt.calls):
        yield Difference("calls", f"{receipt.calls[answered]} as call {answered + 1}", "no such call")
    if receipt.outcome != again.outcome:
        yield Difference("outcome", receipt.outcome, f"{again.outcome} of {_told(derived)}")
    if receipt.fuel != again.fuel:
        yield Difference("fuel", str(receipt.fuel), str(again.fuel))
    if receipt.state != again.state and not is_expected:
        yield Difference("state", receipt.state, again.state)


def _told(derived: Derivation) -> str:
    """The outcome of a derivation, for reading."""
    kind = "the decision" if derived.status == Kind.NONE else "the error"
    return f"{kind} {derived.text.decode(errors='replace')}"


def limits_text(fuel: int, memory: int) -> str:
    """The limits of a receipt, for reading."""
    return f"{fuel} units of fuel and {format_size(memory)} of memory"
