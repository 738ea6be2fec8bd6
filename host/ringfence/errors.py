"""The errors that ringfence raises: one class for each thing that a caller may want to handle.

Every error carries data (what failed, where, at what cost), pickles, and ends with a sentence that says what to do
next. Nothing here relies on the rest of the package; everything else relies on this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ringfence.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a traceback: the function's name and `path:line:column`."""

    function: str
    location: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a bundle's source. `line` and `column` count from 1; 0 where the finding has no position."""

    path: str
    message: str
    line: int = 0
    column: int = 0
    source_line: str = ""
    severity: str = "error"
    """`error`, `warning` or `note`."""
    rule: str = "invalid"
    """What it is about: a stable name, such as `unused-load`."""

    @property
    def location(self) -> str:
        """`path`, `path:line` or `path:line:column`, as far as they are known."""
        parts = [self.path, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(parts)

    def __str__(self) -> str:
        text = f"{self.location}: {self.message}" if self.path else self.message
        return text + caret_lines(self.source_line, self.column)


def caret_lines(source_line: str, column: int) -> str:
    """The source line with a caret under its column (in code points, from 1), each on a line of its own."""
    if not source_line.strip():
        return ""
    text = f"\n    {source_line}"
    if 0 < column <= len(source_line) + 1:
        # Tabs stay tabs in the padding, so that the caret lines up however wide they are shown.
        padding = "".join("\t" if character == "\t" else " " for character in source_line[: column - 1])
        text += f"\n    {padding}^"
    return text


class RingfenceError(Exception):
    """The base of all errors of this package. `advice` is the sentence that says what to do next."""

    advice: str = ""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        # `args` is the message alone and the rest lives in `__dict__`, so the default pickling restores both.
        super().__init__(message)
        self.message = message
        if advice is not None:
            self.advice = advice

    def __str__(self) -> str:
        if not self.advice:
            return self.message
        separator = " " if self.message.endswith((".", "!", "?")) else ". "
        return f"{self.message}{separator}{self.advice}"


class UsageError(RingfenceError, ValueError, TypeError):
    """A call that cannot be made: with an argument of the wrong type or out of its range, or at a moment that is not for it."""


class BundleError(RingfenceError):
    """A bundle or program that cannot be loaded; `diagnostics` holds every finding."""

    advice = "Correct what is named and load the bundle again; `ringfence check` lists every finding."

    def __init__(
        self, message: str, *, diagnostics: Sequence[Diagnostic] = (), advice: str | None = None
    ) -> None:
        super().__init__(message, advice=advice)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        findings = "\n".join(str(diagnostic) for diagnostic in self.diagnostics)
        return f"{super().__str__()}\n{findings}" if findings else super().__str__()


class SignatureError(BundleError):
    """A package without a valid signature by a key that its reader requires."""

    advice = "Do not load it; ask whoever made it for a package signed with that key, or give the key that signed it."


class KeyFileError(RingfenceError):
    """A file that should hold a key for signatures, and does not hold one that can be used."""

    advice = "Give an Ed25519 key in PEM; `ringfence sign FILE --new-key KEY` makes a pair."


class TokenFileError(RingfenceError):
    """A file of clients' tokens for the server that cannot be used."""

    advice = (
        "Write one line for each client: its name and a token of at least 16 characters of letters, digits and ._~+/-=, "
        "such as `openssl rand -hex 32` makes."
    )


class MissingExtraError(RingfenceError):
    """An optional library is needed and not installed."""

    advice = "Install the extra that is named."


class ReceiptError(RingfenceError):
    """A receipt that is none, is damaged, or has a format that this version does not read."""

    advice = "Give a receipt as `ringfence run --receipts` writes it, or as `Receipt.to_json` returned it."


class EvaluationError(RingfenceError):
    """What one event ended in, when it did not end in a decision. `kind` is the name used in output lines."""

    kind: ClassVar[str] = "internal"
    receipt: Receipt | None = None
    """What it takes to derive this error once more, if it was asked for."""

    def __init__(
        self,
        message: str,
        *,
        rule: str | None = None,
        location: str | None = None,
        source: str | None = None,
        traceback: Sequence[Frame] = (),
        values: Sequence[Any] = (),
        fuel: int = 0,
        advice: str | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.rule = rule
        self.location = location
        self.source = source
        self.traceback = tuple(traceback)
        self.values = tuple(values)
        """The arguments of the `fail()` that ended the evaluation, if any of them was more than text."""
        self.fuel = fuel

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.location}: {text}" if self.location else text

    def as_json(self) -> dict[str, Any]:
        """The `error` object of an output line, in the guest's key order."""
        error: dict[str, Any] = {"kind": self.kind, "message": self.message, "rule": self.rule}
        if self.location is not None:
            error["location"] = self.location
        if self.source is not None:
            error["source"] = self.source
        error["traceback"] = [
            {"function": call.function, "location": call.location} for call in self.traceback
        ]
        if self.values:
            error["values"] = list(self.values)
        return error


class RuleError(EvaluationError):
    """The rule itself failed: a type error, `fail()`, a call stack too deep, a decision that is not JSON, ..."""

    kind = "rule"
    advice = "Correct the rule at this location, or the event that it did not expect."


class HostFunctionError(RuleError):
    """A rule called a function of the host, and that failed, or its arguments, result or limits did not allow the call.

    `function` is its name. `host_traceback` is the host's side as text, empty if no exception was raised there; in the process
    that raised it, the exception itself is `__cause__`. `traceback` is the rule's side.
    """

    advice = "Correct the function that the host provides, or the rule that calls it."

    def __init__(self, message: str, *, function: str, host_traceback: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.function = function
        self.host_traceback = host_traceback

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class FuelExhausted(EvaluationError):
    """The evaluation spent all its fuel."""

    kind = "fuel"
    advice = "Raise Limits(fuel=...), or make the rule do less work."


class MemoryExceeded(EvaluationError):
    """The evaluation needed more memory than its limit."""

    kind = "memory"
    advice = "Raise Limits(memory=...), or make the rule hold less at once."


class DeadlineExceeded(EvaluationError):
    """The evaluation was still running at its deadline."""

    kind = "deadline"
    advice = "Raise Limits(deadline=...), or make the rule do less work."


class InputError(EvaluationError):
    """The event is not JSON, not an object, too deep or too large."""

    kind = "input"
    advice = "Send one JSON object for each event, within the limits."


class IsolateTrapped(EvaluationError):
    """The guest broke (or ran past the host's own fuel cap); its isolate was dropped and replaced."""

    kind = "internal"
    advice = "The isolate was replaced and other events are not affected; please report this with the bundle and the event."


class AbsentKey(RuleError, KeyError):
    """A key, or a global of a bundle, that is not there."""

    advice = "Ask with `in` or `get` first."


class AbsentIndex(RuleError, IndexError):
    """An index outside a sequence."""

    advice = "Indices go from -len(x) to len(x) - 1."


class AbsentValue(RuleError, ValueError):
    """A value that is not in a list."""

    advice = "Ask with `in` first."


class AbsentAttribute(RuleError, AttributeError):
    """An attribute that an object of the rule language does not have, or that cannot be set."""

    advice = "dir(handle) lists the attributes; nothing has attributes that can be set."


class HandleError(RingfenceError):
    """A handle of another scope, or one that was used after its scope; or a scope that is in use."""

    advice = "Use a handle in the scope that made it, while that is open; take what is needed longer out with to_python()."


class ConversionError(RingfenceError, TypeError):
    """A Python value that has no counterpart in the rule language, or the other way round."""

    advice = (
        "None, bool, int, float, str, bytes, list, tuple, dict, set, frozenset, range, SimpleNamespace (a struct) and handles "
        "have one."
    )


class HeapError(RingfenceError):
    """A question about a heap that it has no answer to, such as an id that no object has."""

    advice = "Take ids from this heap's own listing: they are addresses, and differ from event to event."


class CheckpointError(RingfenceError):
    """A batch that cannot be resumed: its checkpoint is damaged, in use, or of another run; or its input has changed."""

    advice = (
        "Run it with the bundle, options and files it was made with, or delete the checkpoint to start anew."
    )


class SnapshotError(RingfenceError):
    """A snapshot that cannot be resumed: damaged, or of another guest, bundle or format, or too large for the memory limit."""

    advice = "Take the snapshot again where the evaluation is."


class TableError(RingfenceError):
    """A table of events that cannot be read, or a decision that does not fit the type of its column."""

    advice = (
        "Give a Parquet or Arrow file under a name that ends like it, and a type that every decision has."
    )


class ClosedError(RingfenceError):
    """Something was used after it was closed."""

    advice = "Load the bundle again, or close it later."


def _restored(cls: type[RingfenceError], arguments: tuple[Any, ...], state: dict[str, Any]) -> RingfenceError:
    """An error as it was when it was pickled: its class may want more than its message."""
    error = cls.__new__(cls, *arguments)
    error.__dict__.update(state)
    return error


EVENT_ERRORS: Mapping[str, type[EvaluationError]] = {
    error.kind: error
    for error in (RuleError, FuelExhausted, MemoryExceeded, DeadlineExceeded, InputError, IsolateTrapped)
}
"""The error class for each `kind` of an output line."""


def error_from_json(error: Mapping[str, Any], fuel: int = 0) -> EvaluationError:
    """The exception that an `error` object of the guest describes; an unknown kind is an internal error."""
    cls = EVENT_ERRORS.get(str(error.get("kind")), IsolateTrapped)
    traceback = [
        Frame(str(call.get("function")), str(call.get("location"))) for call in error.get("traceback") or ()
    ]
    return cls(
        str(error.get("message", "")),
        rule=error.get("rule"),
        location=error.get("location"),
        source=error.get("source"),
        traceback=traceback,
        values=error.get("values") or (),
        fuel=fuel,
    )
