"""Every hostile program ends as its header says, in time and within memory, and the next event is decided.

The programs are in `programs/`, one attack a file. Each runs through the Python API, and all of them together, calm events in
between, through the command line.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.limits import parse_size
from tests.hostile.harness import (
    BASE_ALLOWANCE,
    MEMORY_ALLOWANCE,
    RINGFENCE,
    Program,
    all_programs,
    bounded,
    outcome,
    run_measured,
)
from tests.stress import gc_stress

ALL = all_programs()
PATIENCE = 60.0  # seconds in which a program uses up its fuel, however busy the machine is


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_it_ends_as_its_header_says(program: Program, runtime: rf.Runtime) -> None:
    with runtime.load(program.bundle(), limits=program.limits) as rules:
        assert rules.evaluate({"attack": False}).decision == "calm"
        for _ in range(2):  # the second time in an isolate that has seen the attack
            with bounded(program.memory, program.deadline):
                kind, message = outcome(rules, {"attack": True})
            assert kind in program.expected, message
            assert re.search(program.message, message), message
            assert rules.evaluate({"attack": False}).decision == "calm"


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_its_fuel_is_the_same_every_time(program: Program, runtime: rf.Runtime) -> None:
    if "deadline" in program.expected:
        pytest.skip("where the clock stops it is not the program's choice")
    if gc_stress() and "memory" in program.expected:
        pytest.skip("when memory is found to be short depends on how far the stressed collector has come")
    limits = replace(program.limits, deadline=PATIENCE)
    with runtime.load(program.bundle(), limits=limits) as rules:
        events: list[dict[str, object]] = [{"attack": True}, {"attack": True}]
        first, second = rules.evaluate_batch(events, workers=1)
        (fresh,) = rules.isolate().evaluate_batch(events[:1], workers=1)
    assert first.fuel == second.fuel == fresh.fuel


Setting = tuple[int, str, str]


def programs_by_limits() -> dict[Setting, list[Program]]:
    groups: dict[Setting, list[Program]] = defaultdict(list)
    for program in ALL:
        groups[program.fuel, program.memory, program.deadline].append(program)
    return groups


def write_bundle(folder: Path, programs: list[Program]) -> None:
    """One bundle of many attacks: an event names the one that it wants."""
    (folder / "lib").mkdir(parents=True)
    (folder / "bundle.toml").write_text(
        '[bundle]\nname = "hostile"\n[dialect]\noptions = ["while", "recursion"]\n'
    )
    loads, table = [], []
    for number, program in enumerate(programs):
        (folder / "lib" / f"{program.name}.star").write_text(program.source)
        loads.append(f'load("lib/{program.name}.star", attack_{number} = "attack")')
        table.append(f'    "{program.name}": attack_{number},')
    decide = (
        'def decide(event):\n    return ATTACKS[event["attack"]](event) if "attack" in event else "calm"\n'
    )
    (folder / "main.star").write_text("\n".join([*loads, "ATTACKS = {", *table, "}", decide]))


@pytest.mark.parametrize("setting", programs_by_limits(), ids=str)
def test_all_of_them_in_one_run(setting: Setting, tmp_path: Path) -> None:
    # With the option `recursion` on, those that need it to be off cannot take part.
    programs = [
        program
        for program in programs_by_limits()[setting]
        if "recursi" not in program.message and program.options != ["recursion"]
    ]
    write_bundle(tmp_path / "bundle", programs)
    events = [event for program in programs for event in ({"attack": program.name}, {})]
    fuel, memory, deadline = setting
    command = [
        RINGFENCE,
        "run",
        tmp_path / "bundle",
        "--fuel",
        str(fuel),
        "--memory",
        memory,
        "--deadline",
        deadline,
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(map(json.dumps, events)))
    run = run_measured([*map(str, command), "--workers", "1"], source)
    lines = [json.loads(line) for line in run.output.splitlines()]
    assert len(lines) == len(events), run.errors
    for program, attacked, calm in zip(programs, lines[::2], lines[1::2], strict=True):
        kind = attacked["error"]["kind"] if "error" in attacked else "ok"
        assert kind in program.expected, (program.name, attacked)
        assert calm["decision"] == "calm", program.name
    assert run.status == (1 if any("error" in line for line in lines) else 0)
    assert run.peak <= parse_size(memory) + MEMORY_ALLOWANCE + BASE_ALLOWANCE


def test_exec_has_exit_codes_for_them(tmp_path: Path) -> None:
    sources = {
        3: "def f():\n    for i in range(1 << 60):\n        pass\nf()\n",
        4: '"a" * 1000000000\n',
        1: "def f():\n    return f()\nf()\n",
        0: 'print("calm")\n',
    }
    for status, source in sources.items():
        file = tmp_path / "program.star"
        file.write_text(source)
        command = [str(RINGFENCE), "exec", str(file), "--fuel", "5000000", "--memory", "16MiB"]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert run.returncode == status, run.stderr
    late = [
        str(RINGFENCE),
        "exec",
        "-",
        "--option",
        "while",
        "--option",
        "toplevelcontrol",
        "--deadline",
        "200ms",
    ]
    run = subprocess.run(
        [*late, "--fuel", str(10**12)],
        input="def f():\n    while True:\n        pass\nf()\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 5, run.stderr
