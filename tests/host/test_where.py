"""`Evaluation.where`: rule, place, calls and local variables at any instruction; a look changes nothing, and invents nothing."""

from __future__ import annotations

import random

import pytest

import ringfence as rf
from ringfence.where import Where

PLENTY = rf.Limits(fuel=1_000_000, deadline=10.0)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def stops(evaluation: rf.Evaluation, fuel: int = 1) -> list[Where]:
    """Where an evaluation stands after each of its steps."""
    seen = []
    while not evaluation.done:
        where = evaluation.where
        assert where is not None
        seen.append(where)
        evaluation.step(fuel=fuel)
    assert evaluation.where is None
    return seen


def at_line(seen: list[Where], line: int) -> list[dict[str, str]]:
    """The variables at each stop on this line, without repetitions."""
    found: list[dict[str, str]] = []
    for where in seen:
        variables = dict(where.variables)
        if where.line == line and variables not in found:
            found.append(variables)
    return found


RULES = """
def total(prices, *rest, rate = 2):
    result = 0
    for price in prices:
        scaled = price * rate
        result += scaled
    if result < 0:
        never = 1
    scale = lambda value: value * result
    pairs = [(a, b) for a in range(2) for b in range(a)]
    return scale(len(pairs))

rule("absent", when = lambda req: "x" in req)
rule("sum", when = lambda req: total(req.prices, "more") > 0, then = {"sum": True})
"""


def test_rule_place_calls_and_variables_at_every_instruction(runtime: rf.Runtime) -> None:
    rules = runtime.load(rf.Bundle.from_sources({"main.star": RULES}), limits=PLENTY)
    seen = stops(rules.start({"prices": [3, 4]}))
    assert (seen[0].location, seen[0].function, seen[0].variables, seen[0].traceback) == (None, None, {}, ())
    assert {where.rule for where in seen} >= {"absent", "sum"}

    given = {"prices": "[3, 4]", "rest": '("more",)', "rate": "2"}
    assert at_line(seen, 3) == [given]
    assert {**given, "result": "0", "price": "3", "scaled": "6"} in at_line(seen, 6)
    assert {**given, "result": "6", "price": "4", "scaled": "8"} in at_line(seen, 6)
    assert not any("never" in where.variables for where in seen)
    inside = at_line(seen, 10)
    assert {"a": "1", "b": "0"}.items() <= next(held for held in inside if "b" in held).items()
    # The function that captured `result` names it as well, and the comprehension's variables are gone by then.
    assert at_line(seen, 11)[-1].keys() == {*given, "result", "scale", "pairs"}
    captured = next(where for where in seen if "value" in where.variables)
    assert captured.variables == {"value": "1", "result": "14"}

    last = next(where for where in seen if where.line == 6)
    assert (last.file, last.line, last.column, last.source) == ("main.star", 6, 9, "        result += scaled")
    assert [(call.function, call.location) for call in last.traceback] == [
        ("lambda", "main.star:14:37"),
        ("total", "main.star:6:9"),
    ]
    assert last.traceback[0].variables == {"req": '{"prices": [3, 4]}'}


def test_a_waiting_call_is_where_the_evaluation_stands(runtime: rf.Runtime) -> None:
    source = 'def decide(req):\n    ip = req.ip\n    place = geoip(ip)\n    return sorted([place, "a"])[0]\n'
    bundle = rf.Bundle.from_sources({"main.star": source}, functions={"geoip": {"params": 1}})
    evaluation = runtime.load(bundle, functions={"geoip": lambda ip: ip}).start({"ip": "b"})
    evaluation.step()
    where = evaluation.where
    assert where is not None and where.location == "main.star:3:18"
    assert where.variables == {"req": '{"ip": "b"}', "ip": '"b"'}
    evaluation.answer("c")
    assert evaluation.result().decision == "a"


def test_looking_changes_nothing(runtime: rf.Runtime) -> None:
    source = """
state = persistent({"seen": []})
def decide(req):
    kept = []
    for n in range(req.n):
        kept.append({"n": n, "name": name(n) if n % 7 == 0 else str(n)})
        state["seen"].append(kept[-1])
        print(n)
    return [sorted(kept, key = lambda entry: entry["name"]), len(state["seen"])]
"""
    bundle = rf.Bundle.from_sources({"main.star": source}, functions={"name": {"params": 1}})
    rules = runtime.load(bundle, limits=rf.Limits(fuel=4_000, deadline=10.0), functions={"name": str})
    for event in ({"n": 15}, {"n": 500}):
        looked_at, left_alone = rules.start(event), rules.start(event)
        while not looked_at.done:
            assert looked_at.where is not None
            assert looked_at.step(fuel=3) == left_alone.step(fuel=3)
            assert looked_at.fuel_used == left_alone.fuel_used
            assert looked_at.suspended_on == left_alone.suspended_on
        assert looked_at.printed == left_alone.printed
        outcomes = []
        for evaluation in (looked_at, left_alone):
            try:
                outcomes.append(str(evaluation.result()))
            except rf.FuelExhausted as error:
                outcomes.append(str(error.as_json()))
        assert outcomes[0] == outcomes[1]


def random_block(choose: random.Random, depth: int, indent: str) -> list[str]:
    """Statements that assign to each variable nothing but strings that begin with its name."""
    lines = []
    for _ in range(choose.randint(1, 4)):
        name, other = choose.choice("pqrst"), choose.choice("pqrst")
        match choose.randint(0, 5 if depth else 3):
            case 0:
                lines.append(f'{name} = "{name}"')
            case 1:
                lines.append(f'{name} = "{name}" + "".join([u + w for u in ["u1", "u2"] for w in ["w"]])')
            case 2:
                lines.append(f'{name} = "{name}" + str(tell("x")) + str(tell("y"))')
            case 3:
                lines.append(f'if choice(): {name}, {other}x = "{name}1", "{other}x"')
            case 4:
                lines.append(f'for {name} in ["{name}1", "{name}2"]:')
                lines += random_block(choose, depth - 1, "    ")
            case 5:
                lines.append("if choice():")
                lines += random_block(choose, depth - 1, "    ")
                lines.append("else:")
                lines += random_block(choose, depth - 1, "    ")
    return [indent + line for line in lines]


@pytest.mark.parametrize("seed", range(12))
def test_no_variable_ever_shows_what_was_never_assigned_to_it(runtime: rf.Runtime, seed: int) -> None:
    """Registers hold what earlier calls and unfinished expressions left there: none of it may pass for a value."""
    choose = random.Random(seed)
    body = "\n".join(random_block(choose, 3, "    "))
    captured = "    keep = lambda: r\n" if seed % 2 else ""
    source = f"""
def tell(text): return [text, "other", "values"][0]
def choice(turns = [0]): return bool(len(log) % {choose.randint(2, 3)})
log = [1, 2, 3]
def first(p, r = "r0"):
{captured}{body}
def decide(req):
    litter = ["u", 1, 2.5, [tell(n) for n in range(8)], None]
    first("p0")
    first("p1", r = "r2")
    return len(litter)
"""
    rules = runtime.load(rf.Bundle.from_sources({"main.star": source}), limits=PLENTY)
    shown = set()
    for where in stops(rules.start({})):
        if where.function == "first":
            for name, text in where.variables.items():
                if name != "keep":
                    assert text.startswith(f'"{name}'), (where.location, name, text)
                    shown.add(name)
    assert {"p", "r"} & shown


def test_values_of_any_size_and_shape_are_told_in_few_bytes(runtime: rf.Runtime) -> None:
    source = """
def decide(req):
    text = "\\u00e9\\n\\"" * 100000
    many = list(range(100000))
    wide = {str(n): many for n in range(1000)}
    loop = [wide]
    loop.append(loop)
    large = 1 << 100000
    parts = [regex("a" * 5000), ip("10.0.0.1"), 1.5, b"ab", set([1]) if False else None]
    stop(req)

def stop(req):
    deep(200)

def deep(n):
    pad = "x" * 1000
    if n: deep(n - 1)
    wait()
"""
    bundle = rf.Bundle.from_sources(
        {"main.star": source}, functions={"wait": {"params": 0}}, options=["recursion", "set"]
    )
    evaluation = runtime.load(bundle, limits=PLENTY, functions={"wait": lambda: None}).start({})
    evaluation.step()
    assert evaluation.suspended_on == "host call"
    where = evaluation.where
    assert where is not None and where.function == "deep" and where.variables["n"] == "0"
    assert len(where.traceback) == 64, "both ends of a deep stack"
    outer = where.traceback[0]
    assert outer.function == "decide"
    assert outer.variables.keys() == {"req", "text", "many", "wide", "loop", "large", "parts"}
    for call in where.traceback:
        assert all(len(text.encode()) <= 203 for text in call.variables.values())


def test_an_evaluation_that_fills_its_memory_can_be_looked_at(runtime: rf.Runtime) -> None:
    source = "def decide(req):\n    kept = []\n    for n in range(10000000):\n        kept.append('x' * 1000 + str(n))\n"
    limits = rf.Limits(fuel=10**9, memory="8MiB", deadline=10.0)
    rules = runtime.load(rf.Bundle.from_sources({"main.star": source}), limits=limits)
    evaluation = rules.start({})
    last = 0
    while not evaluation.step(fuel=20_000):
        where = evaluation.where
        assert where is not None and where.variables["kept"].startswith('["x')
        last = int(where.variables.get("n", last))
    assert last > 100
    with pytest.raises(rf.MemoryExceeded):
        evaluation.result()


def test_a_parked_or_copied_evaluation_stands_where_it_stood(
    runtime: rf.Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = runtime.load(rf.Bundle.from_sources({"main.star": RULES}), limits=PLENTY)
    evaluation = rules.start({"prices": [3, 4]})
    evaluation.step(fuel=60)
    where = evaluation.where
    assert where is not None and where.variables
    assert evaluation.fork().where == where
    assert runtime.resume(evaluation.snapshot()).where == where
    monkeypatch.setattr("ringfence.parking.MOST_LIVE", 0)
    parked = rules.start({"prices": [3, 4]})
    parked.step(fuel=60)
    assert parked.where == where
    evaluation.close()
    with pytest.raises(rf.ClosedError):
        evaluation.where  # noqa: B018  # looking is what fails
