"""Every hostile program typed into a conversation: each input ends within its limits, and the variables and the isolate outlive it."""

from __future__ import annotations

import pytest

import ringfence as rf
from ringfence.repl.conversation import Conversation
from tests.hostile.harness import Program, all_programs, bounded

HARMLESS = {"rule", "fuel", "memory", "deadline"}


@pytest.mark.parametrize("program", all_programs(), ids=lambda program: program.name)
def test_a_conversation_outlives_it(program: Program) -> None:
    with Conversation(options=tuple(program.options), limits=program.limits) as talk:
        assert talk.run("kept = {'n' + str(i): [i] for i in range(20)}").error is None
        definition = talk.run(program.source)
        assert definition.error is None, definition.error
        for source in ("attack({})", "found = attack(event({}))"):
            with bounded(program.memory, program.deadline):
                reply = talk.run(source)
            assert reply.error is None or isinstance(reply.error, rf.EvaluationError)
            assert reply.error is None or reply.error.kind in HARMLESS, reply.error
        # What an attack has stored in variables is still there, and there may be no room beside it.
        talk.run("found = None")
        assert talk.is_open
        assert talk.run("kept['n7']").text == "[7]"
        assert talk.live_bytes() < (16 << 20)
