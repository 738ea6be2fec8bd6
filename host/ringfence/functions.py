"""Functions of the host that rules may call: what a bundle declares, what the embedder provides, and one call of one of them.

The guest imports nothing. A rule's call suspends its evaluation with a request, JSON that is not trusted here, and the
answer goes back as JSON. `ruleset.py` and `evaluation.py` use this; `guest/machine/host_calls.py` is the other side.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from time import monotonic
from typing import Any

from ringfence.abi import RECORD_CALLING, Kind, Status
from ringfence.errors import BundleError, EvaluationError, HostFunctionError, RuleError, UsageError
from ringfence.isolate import Isolate
from ringfence.manifest import FunctionDeclaration, suggestion

MOST_LEVELS = 200
"""Containers inside one another that the guest reads (`guest/library/json_marks.py`)."""

MOST_CALLS = 100
"""Calls of one function in one event, when the embedder does not say."""

ANSWER_TIMEOUT = 10.0
"""Seconds that a coroutine has to answer a call, when the embedder does not say."""

Functions = Mapping[str, "Callable[..., Any] | HostFunction"]
"""What an embedder provides, by the name that rules call it by."""

LEAST_DEADLINE = 0.001
"""Seconds that the guest has to say that it is out of time."""

_encode = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode

_JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "list": (list, tuple),
    "dict": (dict,),
}


@dataclass(frozen=True)
class HostFunction:
    """A function for rules, with limits: at most `calls` in one event, and `rate` a second over all events of the rule set.

    `function` is called with the rule's arguments (JSON values) and returns a JSON value; or it is a coroutine function. Where
    it is awaited, it has `timeout` seconds for its answer.
    """

    function: Callable[..., Any]
    calls: int = MOST_CALLS
    rate: float | None = None
    timeout: float = ANSWER_TIMEOUT

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise UsageError(f"a host function must be callable, not {self.function!r}")
        if isinstance(self.calls, bool) or not isinstance(self.calls, int) or self.calls < 1:
            raise UsageError(f"calls is a number of calls in one event, at least 1, not {self.calls!r}")
        if self.rate is not None and not _is_quantity(self.rate):
            raise UsageError(f"rate is a number of calls a second, not {self.rate!r}")
        if not _is_quantity(self.timeout):
            raise UsageError(f"timeout is a number of seconds, not {self.timeout!r}")

    @property
    def is_coroutine(self) -> bool:
        """Whether it must be awaited."""
        call = getattr(self.function, "__call__", None)  # noqa: B004  # an object whose __call__ is a coroutine function
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)


def _check_parameters(name: str, function: Callable[..., Any], count: int) -> None:
    """Raise `BundleError` if a function cannot be called as the bundle says; of some, only a call tells."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*range(count))
    except TypeError as failure:
        raise BundleError(
            f"the host's function {name!r} cannot be called with {count} argument{'' if count == 1 else 's'}: {failure}",
            advice=f"The bundle declares {name} = {{ params = ... }} in [functions]: give a function of as many parameters.",
        ) from failure


def _is_quantity(value: Any) -> bool:
    """Whether this is a positive finite number."""
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 < value < float("inf")


@dataclass(frozen=True, slots=True)
class HostCall:
    """A rule's call of a host function: its arguments are JSON values."""

    function: str
    arguments: tuple[Any, ...]


class Refusal(Exception):
    """A call that has no answer: the rule fails with `reason`. `cause` is the exception of the embedder's function."""

    def __init__(self, reason: str, function: str, cause: BaseException | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.function = function
        self.cause = cause

    def as_error(self, error: EvaluationError) -> EvaluationError:
        """The guest's rule error for this call, with what the host knows besides."""
        if not isinstance(error, RuleError):
            return error
        told = "".join(traceback.format_exception(self.cause)) if self.cause is not None else ""
        return HostFunctionError(
            error.message,
            function=self.function,
            host_traceback=told,
            rule=error.rule,
            location=error.location,
            source=error.source,
            traceback=error.traceback,
            fuel=error.fuel,
        )


@dataclass(slots=True)
class CallCounts:
    """How often one event has called each function."""

    made: dict[str, int] = field(default_factory=dict)


class _Rate:
    """A token bucket that all threads share: up to one second's worth of calls at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._since = monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a token, if there is one."""
        with self._lock:
            now = monotonic()
            self._tokens = min(self._most, self._tokens + (now - self._since) * self._rate)
            self._since = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class HostFunctions:
    """The functions that one rule set may call, numbered in the order of their declaration."""

    def __init__(
        self,
        declared: Mapping[str, FunctionDeclaration],
        provided: Functions,
    ) -> None:
        """Raises `BundleError` if the bundle asks for a function that is not provided, or that takes other arguments than the
        bundle declares. More may be provided than asked for."""
        if not isinstance(provided, Mapping):
            raise UsageError(
                f"functions are given by name, like {{'geoip': lookup}}, not as {type(provided).__name__}"
            )
        missing = sorted(set(declared) - set(provided))
        if missing:
            near = suggestion(missing[0], provided) if provided else ""
            raise BundleError(
                f"the bundle asks for host functions that this host does not offer: {', '.join(missing)}{near}",
                advice="Provide them with Runtime.load(..., functions={...}) or `ringfence run --functions FILE.py`, "
                "or remove them from [functions].",
            )
        self._declared = dict(declared)
        self._names = tuple(declared)
        self._provided = {
            name: given if isinstance(given, HostFunction) else HostFunction(given)
            for name in declared
            for given in (provided[name],)
        }
        for name, function in self._provided.items():
            _check_parameters(name, function.function, len(declared[name].parameters))
        self._rates = {
            name: _Rate(function.rate)
            for name, function in self._provided.items()
            if function.rate is not None
        }

    def __bool__(self) -> bool:
        return bool(self._declared)

    def request(self, text: bytes) -> HostCall:
        """The call that a request asks for. Raises `ValueError` if it makes no sense: the guest is broken."""
        try:
            asked = json.loads(text.decode())
            number, arguments = asked["function"], asked["arguments"]
            name = self._names[number]
            expected = len(self._declared[name].parameters)
            if not isinstance(arguments, list) or len(arguments) != expected or number < 0:
                raise ValueError("another number of arguments than declared")
        except (ValueError, LookupError, TypeError, RecursionError) as failure:
            raise ValueError(f"a request that makes no sense: {failure}") from failure
        return HostCall(name, tuple(arguments))

    def admit(self, call: HostCall, counts: CallCounts) -> HostFunction:
        """The function of a call, if its arguments and limits allow it; raises `Refusal`."""
        name = call.function
        declaration, function = self._declared[name], self._provided[name]
        for number, (value, wanted) in enumerate(zip(call.arguments, declaration.parameters, strict=True), 1):
            if not is_of_type(value, wanted):
                raise Refusal(f"{name}: argument {number} is {json_type(value)}, want {wanted}", name)
        made = counts.made[name] = counts.made.get(name, 0) + 1
        if made > function.calls:
            raise Refusal(f"{name}: called more than {function.calls} times in one event", name)
        if name in self._rates and not self._rates[name].take():
            raise Refusal(f"{name}: called more than {function.rate:g} times a second", name)
        return function

    def reply(self, call: HostCall, result: Any) -> bytes:
        """What a function returned, as the guest reads it; raises `Refusal` if it is not what was declared."""
        name = call.function
        wanted = self._declared[name].result
        if not is_of_type(result, wanted):
            raise Refusal(f"{name}: the host returned {json_type(result)}, want {wanted}", name)
        try:
            text = _encode(result)
        except (TypeError, ValueError, RecursionError) as failure:
            raise Refusal(f"{name}: the host's result is not JSON: {failure}", name, failure) from failure
        if text.count("[") + text.count("{") > MOST_LEVELS and _is_deep(result):
            raise Refusal(
                f"{name}: the host's result has more than {MOST_LEVELS} containers inside one another", name
            )
        return text.encode()

    def call(self, call: HostCall, counts: CallCounts) -> bytes:
        """Call the function, wait for it, and give its answer; raises `Refusal`."""
        function = self.admit(call, counts)
        try:
            result = function.function(*call.arguments)
            if inspect.isawaitable(result):
                result = _wait_for(result, function.timeout)
        except Refusal:
            raise  # a function of this package, in its own words
        except Exception as failure:
            raise failed_call(call, failure) from failure
        return self.reply(call, result)


NO_FUNCTIONS = HostFunctions({}, {})
"""Of a bundle that asks for none."""


def failed_call(call: HostCall, failure: Exception) -> Refusal:
    """The refusal for an exception of the embedder's function."""
    said = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
    return Refusal(f"{call.function}: {said}", call.function, failure)


@cache
def _accepted(wanted: str) -> tuple[type, ...]:
    """The classes of the values of a declared type, such as `str`, `any` or `dict | null`."""
    names = [name.strip() for name in wanted.split("|")]
    return (object,) if "any" in names else tuple(cls for name in names for cls in _JSON_TYPES[name])


def is_of_type(value: Any, wanted: str) -> bool:
    """Whether a JSON value is of a declared type."""
    accepted = _accepted(wanted)
    if isinstance(value, bool):
        # A bool is an int to Python, but not to JSON.
        return bool in accepted or object in accepted
    return isinstance(value, accepted)


def _is_deep(value: Any) -> bool:
    """Whether more containers are inside one another in a JSON value than the guest reads."""
    containers, levels = [value], 0
    while containers := [inner for inner in containers if isinstance(inner, dict | list | tuple)]:
        levels += 1
        if levels > MOST_LEVELS:
            return True
        containers = [
            inner for outer in containers for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return False


def json_type(value: Any) -> str:
    """The name of a JSON value's type; of anything else, that of its class."""
    if isinstance(value, bool):
        return "bool"
    for name, classes in _JSON_TYPES.items():
        if isinstance(value, classes[:1]):
            return name
    return type(value).__name__


def _wait_for(awaitable: Any, timeout: float) -> Any:
    """Run a coroutine to its end, in a thread that runs no event loop."""

    async def waiting() -> Any:
        return await asyncio.wait_for(awaitable, timeout)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(waiting())
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    raise UsageError("a coroutine cannot be waited for inside a running event loop: use evaluate_async")


Answer = tuple[int, int, int, bytes]
"""Status, rule number, fuel, and the JSON of a decision, an error or a request: see `Isolate.result`."""


def answer_requests(
    functions: HostFunctions,
    isolate: Isolate,
    answer: Answer,
    deadline: float,
    ask: Callable[[HostCall], bytes] | None = None,
) -> tuple[Answer, Refusal | None]:
    """Answer what the event in hand asks for until it has ended: how it ended, and the refusal if one ended it.

    The guest has `deadline` seconds for all that follows the first request; the host's own functions take what they take. `ask`
    answers in their place, if it is given: with JSON, or by raising `Refusal`.
    """
    if ask is None:
        ask = partial(functions.call, counts=CallCounts())
    refused: Refusal | None = None
    left = deadline
    while answer[0] == RECORD_CALLING:
        try:
            call = functions.request(answer[3])
        except ValueError as failure:
            raise isolate.broken(failure) from failure
        try:
            reply = ask(call)
        except Refusal as refusal:
            refused = refusal
            status = isolate.refuse(refusal.reason)
        except BaseException:
            # An interrupt is no answer, and goes on to the caller. The isolate is left ready for other events.
            isolate.end(Kind.INTERNAL)
            isolate.set_deadline(deadline)
            raise
        else:
            began = monotonic()
            isolate.set_deadline(max(left, LEAST_DEADLINE))
            status = isolate.answer(reply)
            if status == Status.STARVED:
                status = isolate.end(Kind.FUEL)
            left -= monotonic() - began
        answer = isolate.result()
        if (answer[0] == RECORD_CALLING) != (status == Status.CALLING):
            raise isolate.broken(ValueError(f"it ended a slice with the status {status} and another record"))
    isolate.set_deadline(deadline)
    return answer, refused
