"""The golden files of mistakes that rule authors make: how they are written, run and rewritten.

`README.md` beside this file documents the format. `test_mistakes.py` compares what ringfence shows with what the files
promise; `python -m tests.messages.mistakes` writes what it shows into them, to be read before it is committed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ringfence as rf
from ringfence.cli.common import describe

FILES = sorted((Path(__file__).parent / "mistakes").glob("*.txt"))
TITLE = "=== "
ANSWER = "---"
ENTRY = "main.star"
LIMITS = rf.Limits(fuel=1_000_000, memory="16MiB", deadline=5.0)


@dataclass
class Mistake:
    """One mistake: a program, or a bundle and an event, and what its author is shown."""

    title: str
    sources: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    policy: str = "first"
    event: Any = None
    is_bundle: bool = False
    text: str = ""  # of the mistake as it is written, without the answer
    answer: str = ""

    def shown(self, runtime: rf.Runtime) -> str:
        """What ringfence shows."""
        try:
            if self.is_bundle:
                bundle = rf.Bundle.from_sources(self.sources, options=self.options, hit_policy=self.policy)
                with runtime.load(bundle, limits=LIMITS) as rules:
                    rules.evaluate(self.event)
            else:
                runtime.execute(self.sources[ENTRY], options=self.options, limits=LIMITS)
        except rf.RingfenceError as error:
            return describe(error) + "\n"
        return "no error\n"


def read_mistakes(path: Path) -> Iterator[Mistake]:
    """The mistakes of a file."""
    for part in ("\n" + path.read_text(encoding="utf-8")).split("\n" + TITLE)[1:]:
        written, _, answer = part.partition(f"\n{ANSWER}\n")
        title, *lines = written.split("\n")
        mistake = Mistake(title, text=written, answer=answer.strip("\n") + "\n")
        current = mistake.sources.setdefault(ENTRY, "")
        name = ENTRY
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "%event":
                mistake.is_bundle = True
                mistake.event = json.loads(rest)
            elif word == "%options":
                mistake.options = rest.split()
            elif word == "%policy":
                mistake.policy = rest
            elif word == "%file":
                mistake.sources[name] = current
                name, current = rest, ""
            else:
                # The last line ends with the file, so that an error at its end has a line to show.
                current += ("\n" if current else "") + line
        mistake.sources[name] = current
        yield mistake


def rewritten(path: Path, runtime: rf.Runtime) -> str:
    """The content of a file with what ringfence shows now."""
    return "\n".join(
        f"{TITLE}{mistake.text}\n{ANSWER}\n{mistake.shown(runtime)}" for mistake in read_mistakes(path)
    )


def rewrite() -> None:
    """Write what ringfence shows into all files."""
    runtime = rf.Runtime()
    for path in FILES:
        path.write_text(rewritten(path, runtime), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
