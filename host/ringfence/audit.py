"""Audits: the receipts of a whole file, each replayed with its event under its own limits.

`ringfence replay` is made of this. Nothing that a receipt says is believed: limits beyond the ceiling, a line that was changed
beside its receipt, a receipt that is damaged or missing are findings about that one, and the audit goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NoReturn

from ringfence.bundle import Bundle
from ringfence.errors import EvaluationError, ReceiptError, RingfenceError
from ringfence.limits import Limits
from ringfence.receipt import Receipt
from ringfence.replay import Difference, Replay, limits_text
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime

RECEIPT = "receipt"
"""The key of the receipt in an output line."""

UNREPEATABLE_LINE = "there is no receipt, because the event ended at a deadline or for another reason that lies in the machine"
NO_EVENT = "there is no event for this receipt: give all events that were decided"
NO_LINE = "there is no receipt for this event: the receipts end before it"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of receipt number `number`, counted from 1: the differences, or why it could not be replayed."""

    number: int
    differences: tuple[Difference, ...] = ()
    failure: str = ""

    @property
    def same(self) -> bool:
        """Whether the decision was derived once more, and everything is the same."""
        return not self.differences and not self.failure

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "number": self.number,
            "same": self.same,
            "differences": [difference.document() for difference in self.differences],
            "failure": self.failure or None,
        }

    def lines(self) -> list[str]:
        """For reading; none if it is the same."""
        told = [str(difference) for difference in self.differences]
        return [
            f"receipt {self.number}: {text}" for text in (*told, *([self.failure] if self.failure else []))
        ]


class Audit:
    """A bundle, loaded under the limits of each receipt. Most receipts of a file have the same, so the last load is kept."""

    def __init__(self, runtime: Runtime, bundle: Bundle) -> None:
        """Raises what a bundle that does not load raises."""
        self._runtime = runtime
        self._bundle = bundle
        # Nothing is called: the answers are in the receipts.
        self._functions = dict.fromkeys(bundle.manifest.functions, _never_called)
        self._rules = self._load(None)

    def verdicts(self, events: Iterable[bytes], lines: Iterable[bytes]) -> Iterator[Verdict]:
        """A verdict for each pair of an event and a line: an output line with its receipt, or a receipt alone."""
        for number, (event, line) in enumerate(zip_longest(events, lines), 1):
            if event is None:
                yield Verdict(number, failure=NO_EVENT)
            elif line is None:
                yield Verdict(number, failure=NO_LINE)
            else:
                yield self.verdict(number, event, line)

    def verdict(self, number: int, event: bytes, line: bytes) -> Verdict:
        """The verdict on one of them."""
        try:
            output, receipt = read_line(line)
            if receipt is None:
                return Verdict(number, failure=UNREPEATABLE_LINE)
            replay = self._replay(event, receipt)
        except EvaluationError as error:
            return Verdict(number, failure=f"it cannot be replayed: {error}")
        except RingfenceError as error:
            return Verdict(number, failure=str(error))
        differences = replay.differences
        if output is not None and replay.same and (changed := changed_line(output, replay)):
            differences = (changed,)
        return Verdict(number, differences)

    def close(self) -> None:
        """Free the bundle."""
        self._rules.close()

    def _replay(self, event: bytes, receipt: Receipt) -> Replay:
        """The replay of a receipt under its own limits; if these cannot be, that is what differs."""
        limits = self._rules.limits
        if (limits.fuel, limits.memory) != (receipt.fuel_limit, receipt.memory_limit):
            try:
                rules = self._load(Limits(fuel=receipt.fuel_limit, memory=receipt.memory_limit))
            except (ValueError, RingfenceError) as failure:
                recorded = limits_text(receipt.fuel_limit, receipt.memory_limit)
                return Replay((Difference("limits", recorded, f"none, because it does not load: {failure}"),))
            self._rules.close()
            self._rules = rules
        return self._rules.replay(event, receipt)

    def _load(self, limits: Limits | None) -> RuleSet:
        return self._runtime.load(self._bundle, limits=limits, functions=self._functions)


def _never_called(*_arguments: Any) -> NoReturn:
    raise AssertionError("a replay calls no function of the host")


def read_line(line: bytes) -> tuple[dict[str, Any] | None, Receipt | None]:
    """An output line without its receipt (None for a receipt alone), and the receipt, which may be missing for a reason.

    Raises `ReceiptError`.
    """
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as failure:
        raise ReceiptError(f"the line is damaged: {failure}") from failure
    if isinstance(said, dict) and RECEIPT in said:
        receipt = said.pop(RECEIPT)
        return said, None if receipt is None else Receipt.from_json(_object(receipt))
    if isinstance(said, dict) and {"decision", "error"} & said.keys():
        raise ReceiptError(
            "this line has no receipt", advice="Make the decisions with `ringfence run --receipts`."
        )
    return None, None if said is None else Receipt.from_json(_object(said))


def changed_line(output: dict[str, Any], replay: Replay) -> Difference | None:
    """How an output line is another one than its replay came to. Compared as values: it may have been written anew."""
    texts = [json.dumps(value, sort_keys=True) for value in (output, json.loads(replay.line))]
    return None if texts[0] == texts[1] else Difference("line", texts[0], texts[1])


def is_single(text: bytes, event: bytes) -> bool:
    """Whether `text` is one receipt, perhaps on several lines, of just these bytes."""
    try:
        return Receipt.from_json(text).event == hashlib.sha256(event).hexdigest()
    except ReceiptError:
        return False


def _object(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise ReceiptError(f"this is not a receipt but {json.dumps(said)[:40]}")
    return said
