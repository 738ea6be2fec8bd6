"""Which tests `-k` selects: words that the test's id contains, joined by `and`, `or`, `not` and parentheses, as in pytest.

    bots and not (crawler or "old tls")

Words are looked for without regard to case; what has spaces is put in quotes. The command line and nothing else uses this.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Selection = Callable[[str], bool]
"""Whether the test of this id is selected."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<punctuation>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()"']+))"""
)


class SelectionError(ValueError):
    """The expression makes no sense."""


def parse_selection(expression: str) -> Selection:
    """The selection that an expression describes; raises `SelectionError`."""
    parser = _Parser(expression)
    selection = parser.disjunction()
    if parser.token is not None:
        raise parser.error("expected `and` or `or`")
    return selection


class _Parser:
    """Recursive descent, one token ahead; `token` is None at the end."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._at = 0
        self._start = 0
        self._quoted = False
        self.token: str | None = None
        self._advance()

    def disjunction(self) -> Selection:
        """`a or b`, the loosest."""
        terms = [self._conjunction()]
        while self._take("or"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else lambda name: any(term(name) for term in terms)

    def _conjunction(self) -> Selection:
        terms = [self._negation()]
        while self._take("and"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else lambda name: all(term(name) for term in terms)

    def _negation(self) -> Selection:
        if self._take("not"):
            negated = self._negation()
            return lambda name: not negated(name)
        if self._take("("):
            inner = self.disjunction()
            if not self._take(")"):
                raise self.error("expected `)`")
            return inner
        if self.token is None or (not self._quoted and self.token in ("and", "or", ")")):
            raise self.error("expected a word to look for")
        word = self.token.lower()
        self._advance()
        return lambda name: word in name.lower()

    def _take(self, token: str) -> bool:
        if self._quoted or self.token != token:
            return False
        self._advance()
        return True

    def _advance(self) -> None:
        found = _TOKEN.match(self._expression, self._at)
        if found is None:
            self._start = len(self._expression)
            rest = self._expression[self._at :].strip()
            self.token = None
            if rest:
                self._start = self._expression.index(rest, self._at)
                raise self.error("a quote that nothing closes")
            return
        self._start = found.start(found.lastgroup or 0)
        self._quoted = found.lastgroup in ("double", "single")
        self.token = found[found.lastgroup or 0]
        self._at = found.end()

    def error(self, complaint: str) -> SelectionError:
        """What is wrong where the parser is."""
        return SelectionError(f"{complaint}:\n    {self._expression}\n    {' ' * self._start}^")
