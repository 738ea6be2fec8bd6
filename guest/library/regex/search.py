"""Searching a text: whether, where, and how often a regular expression matches.

Whether there is a match is asked of the automaton, if the pattern has one; where it is, of the simulation. The methods of
regular expressions and globs rely on it.
"""

from guest.compiler.language import Object, Value, inline, u32
from guest.library.regex.automaton import accepts
from guest.library.regex.program import Regex
from guest.library.regex.simulation import NO_SLOTS, Machine, find_match, machine_new, place_of_prefix
from guest.values.text import Str, size_at, substring_bytes

WHOLE_MATCH = 2  # slots: where the match begins and ends


@inline
def matches_at_start(regex: Regex, text: Str) -> bool:
    """Whether a match begins where the text does."""
    automaton = regex.automaton
    if automaton is not None:
        return accepts(automaton, text, automaton.match_start, 0)
    return find_match(machine_new(regex, text, NO_SLOTS), 0, True)


@inline
def matches_anywhere(regex: Regex, text: Str) -> bool:
    """Whether there is a match."""
    automaton = regex.automaton
    if automaton is not None:
        start = place_of_prefix(regex, text, 0)
        return start <= len(text.data) and accepts(automaton, text, automaton.search_start, start)
    return find_match(machine_new(regex, text, NO_SLOTS), 0, False)


def first_match(regex: Regex, text: Str, slots: u32) -> Machine | None:
    """The machine that has found the leftmost match; None if there is none."""
    if regex.automaton is not None and not matches_anywhere(regex, text):
        return None
    machine = machine_new(regex, text, slots)
    return machine if find_match(machine, 0, False) else None


class Matches(Object):
    """All matches from left to right, none inside another, no empty one right after another."""

    machine: Machine
    at: u32  # where the search goes on
    end: u32  # of the last match


def all_matches(regex: Regex, text: Str, slots: u32) -> Matches:
    """The matches of a text, before the first."""
    past_the_end = len(text.data) + 1
    none = regex.automaton is not None and not matches_anywhere(regex, text)
    machine = machine_new(regex, text, slots)
    return Matches(machine=machine, at=past_the_end if none else 0, end=past_the_end)


def next_match(matches: Matches) -> bool:
    """Go on to the next match, whose slots the machine has; False if there is none."""
    machine = matches.machine
    text = machine.text
    n = len(text.data)
    while matches.at <= n:
        at = matches.at
        if not find_match(machine, at, False):
            matches.at = n + 1
            return False
        start = machine.found[0] - 1
        end = machine.found[1] - 1
        empty_after_match = start == end and start == matches.end
        matches.at = end
        if end == at:
            # An empty match here: the next one may begin after the next character.
            matches.at = at + (size_at(text, at) if at < n else 1)
        matches.end = end
        if not empty_after_match:
            return True
    return False


def group_text(machine: Machine, group: u32) -> Value:
    """The text that a group of the match has matched, which must be known to have taken part; 0 is the whole match."""
    start = machine.found[2 * group] - 1
    end = machine.found[2 * group + 1] - 1
    return Value(substring_bytes(machine.text, start, end))


@inline
def took_part(machine: Machine, group: u32) -> bool:
    """Whether a group is part of the match."""
    return machine.found[2 * group + 1] != 0
