"""Programs run through `execute`: their output, in one go and in slices, and how they end."""

from __future__ import annotations

import json

import pytest

from tests.machine.harness import DONE, FAILED, FUEL, STARVED, Machine

PROGRAMS = {
    "arithmetic": "print(1 + 2 * 3, 7 // 2, -7 // 2, -7 % 3, 2 - 5, 1 << 10, 7 & 3, 6 | 1, 6 ^ 3, ~5, 1 / 4)\n",
    "long integers": "print(1 << 47, (1 << 47) - 1, -(1 << 47), (1 << 62) // 3, 140737488355327 + 1)\n",
    "comparisons": 'print(1 < 2, 2 <= 1, "a" < "b", [1, 2] < [1, 3], 1 == 1.0, "x" != "y", 3 in [1, 3], 4 not in {4: 1})\n',
    "containers": (
        'def f():\n    x = [1, 2]\n    x += [3]\n    x.append((4,))\n    d = {"a": 1}\n    d |= {"z": 2}\n    d["b"] = x\n'
        '    print(x, d, x[1:], d.get("c", 0), d["a"], x[-1])\nf()\n'
    ),
    "comprehensions": "print([x * x for x in range(5) if x % 2], {k: v for k, v in zip('ab'.elems(), [1, 2])})\n",
    "closures": (
        "def make():\n    box = [0]\n    def count():\n        box[0] += 1\n        return box[0]\n    return count\n"
        "c = make()\nc()\nprint(c(), c())\n"
    ),
    "defaults": "def f(a, b = 2, *args, c, d = 4, **kw):\n    return (a, b, args, c, d, kw)\n"
    "print(f(1, c = 3), f(1, 2, 3, c = 4, z = 5), f(*[1, 2, 3], **{'c': 1}))\n",
    "loops": (
        "def f():\n    out = []\n    for i in range(3):\n        for k in {'a': 1, 'b': 2}:\n            if i == 1:\n"
        "                continue\n            out.append((i, k))\n    return out\nprint(f())\n"
    ),
    "early return": "def f(xs):\n    for x in xs:\n        if x > 2:\n            return x\nl = [1, 2, 3]\nprint(f(l))\nl.append(4)\n",
    "unpacking": "a, (b, c) = 1, [2, 3]\nprint(a, b, c)\n",
    "callbacks": "print(sorted([3, 1, 2], key = lambda x: -x), max([1, 5, 2], key = lambda x: -x), min('bca'.elems()))\n",
    "formatting": 'x = 3\nprint("%d-%s" % (x, "y"), f"{x + 1} {x!r}", "{} {k}".format(1, k = 2))\n',
    "attributes": 'print("abc".upper(), getattr("abc", "upper")(), hasattr([], "append"), dir({})[:2])\n',
}


def price(source: str) -> int:
    """What a program costs."""
    machine = Machine()
    assert machine.execute(source)[0] == DONE, machine.output()
    return FUEL - machine.read("guest.meter.fuel.remaining")


def compilation_price(source: str) -> int:
    """What compiling it costs: the least fuel with which a program begins to run. Compilation has no slices."""
    low, high = 0, price(source)
    while low < high:
        middle = (low + high) // 2
        if Machine().execute(source, fuel=middle)[0] == FAILED:
            low = middle + 1
        else:
            high = middle
    return low


@pytest.mark.parametrize("name", PROGRAMS)
def test_stepping_does_not_show(name: str) -> None:
    """A program may stop at every single instruction; it prints what it prints in one go, and costs the same."""
    source = PROGRAMS[name]
    compiling = compilation_price(source)
    stepped = Machine()
    status, printed = stepped.execute(source, fuel=compiling)
    steps = 0
    while status == STARVED:
        steps += 1
        stepped.write("guest.meter.fuel.remaining", stepped.read("guest.meter.fuel.remaining") + 1)
        status = stepped.call("resume")
        printed += stepped.printed()
    assert (status, printed) == Machine().execute(source)
    assert compiling + steps == price(source)


def test_one_unit_short() -> None:
    """A program ends exactly with its price."""
    source = PROGRAMS["callbacks"]
    assert Machine().execute(source, fuel=price(source))[0] == DONE
    assert Machine().execute(source, fuel=price(source) - 1)[0] == STARVED


def test_a_copy_of_the_memory_goes_on() -> None:
    """A suspended program is nothing but its memory."""
    source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\nprint(f(1000))\n"
    first = Machine()
    assert first.execute(source, fuel=compilation_price(source) + 1000)[0] == STARVED
    second = Machine(first.image())
    for machine in (first, second):
        machine.write("guest.meter.fuel.remaining", 10_000)
        assert machine.call("resume") == DONE
        assert machine.printed() == "499500\n"


def test_print_pauses_when_its_buffer_is_full() -> None:
    """Much output comes in pieces of bounded size, and none is lost."""
    source = 'def f():\n    for i in range(5000):\n        print("line", i)\nf()\n'
    machine = Machine()
    status, printed = machine.execute(source)
    assert status == DONE
    assert printed == "".join(f"line {i}\n" for i in range(5000))
    assert machine.read("guest.meter.fuel.remaining") > 0


def test_args() -> None:
    """`args` is what the host passed, None by default, and a name like any other."""
    assert Machine().execute("print(args)\n", args={"x": [1, 2]}) == (DONE, '{"x": [1, 2]}\n')
    assert Machine().execute("print(args)\n") == (DONE, "None\n")
    assert Machine().execute("def f(*args):\n    return args\nprint(f(1))\n") == (DONE, "(1,)\n")


def test_bundle_names_are_unknown() -> None:
    """A program has no rules and no data."""
    machine = Machine()
    assert machine.execute('rule("x")\n')[0] == FAILED
    assert "undefined: rule" in machine.output().decode()


def test_static_errors_are_all_told() -> None:
    """Nothing runs, and every undefined name is a diagnostic."""
    machine = Machine()
    status, printed = machine.execute("print(1)\na = b\nc = d\n")
    assert (status, printed) == (FAILED, "")
    diagnostics = json.loads(machine.output())["diagnostics"]
    assert [(d["line"], d["column"]) for d in diagnostics] == [(2, 5), (3, 5)]
    assert diagnostics[0]["source_line"] == "a = b"


@pytest.mark.parametrize("name", PROGRAMS)
def test_collecting_at_every_allocation_does_not_show(name: str) -> None:
    """The collector is invisible, however often it runs."""
    stressed = Machine()
    stressed.write("guest.heap.allocate.gc_stress", 1)
    stressed.write("guest.heap.allocate.limit", 0)
    assert stressed.execute(PROGRAMS[name]) == Machine().execute(PROGRAMS[name])
