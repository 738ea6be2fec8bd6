"""Glossaries: static texts with a line `word: what to write instead` for words of other languages.

A hint is found by its offset, so that whoever composes a message, while compiling or while running, adds it in its own way.
"""

from guest.compiler.language import Text, noinline, text_byte, text_length, u32
from guest.values.failure import say, say_byte
from guest.values.text import Str

COLON = 58
LINE_FEED = 10


@noinline
def find_hint(glossary: Text, word: Str) -> u32:
    """The offset of the hint for a word; 0 if the glossary does not have it."""
    n = len(word.data)
    size = text_length(glossary)
    at: u32 = 0
    while at < size:
        matched: u32 = 0
        while matched < n and text_byte(glossary, at + matched) == word.data[matched]:
            matched += 1
        if matched == n and text_byte(glossary, at + n) == COLON:
            return at + n + 2
        while text_byte(glossary, at) != LINE_FEED:
            at += 1
        at += 1
    return 0


@noinline
def say_hint(glossary: Text, word: Str) -> bool:
    """Append what a glossary says about a word, in parentheses; False if it does not have the word."""
    at = find_hint(glossary, word)
    if at == 0:
        return False
    say(" (")
    while text_byte(glossary, at) != LINE_FEED:
        say_byte(text_byte(glossary, at))
        at += 1
    say(")")
    return True
