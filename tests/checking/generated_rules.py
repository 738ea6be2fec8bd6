"""Rules made at random of everything that `check --fuel` has a bound for, and events for them: of any types, large and small.

The rules often fail, as those of careless authors do: what an error costs is bounded as well.
"""

from __future__ import annotations

from random import Random
from typing import Any

DEFINITIONS = """
LIST = ["x", "yy", 1, 2.5, 123456789012345678901234567890]
TABLE = {"x": 1, "yy": [1, 2], "z": {"w": "v"}, "a": {"k": [1, 2, 3]}}
MANY = {("key%d" % i): i for i in range(40)}
ROWS = [{"a": 1, "b": "x", "c": [1, 2]}, {"a": 5, "b": "yy", "c": []}]
NETS = cidr("10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32")
PATH = regex("^/([a-z]+)/([0-9]+)")
LETTERS = regex("(a|b)*c")
GLOB = glob("*.x?")
HOSTS = host("*.example.com", "example.com", "*.api.example.org", "a.b")
ROUTE = path("/{a}/{b}")
ROUTES = route_table({"/abc/{id}": "abc", "/{x}/12": {"k": 1}, "/a/**": [1], "/": 0, "/{x}/{y}/{z...}": None})
HOST_TABLE = host_table({"*.example.com": {"k": 1}, "example.com": 2})
ADDRESSES = cidr_table({"10.0.0.0/8": {"k": 1}, "10.1.0.0/16": 2, "0.0.0.0/0": None})
SET = set(["x", "yy", 1, 2])
CONF = struct(limit = 3, name = "x")
LONG = "xy" * 150

def first(l):
    for x in l:
        return x

def total(l):
    t = 0
    for x in l:
        if type(x) == "int":
            t += x
    return t

def joined(l):
    s = ""
    for x in l:
        s = s + str(x)
    return s

def pick(l, w, d = None):
    for x in l:
        if x == w:
            break
        if x == d:
            continue
        d = x
    return d

def lookup(t, *keys):
    for k in keys:
        if type(t) != "dict":
            return None
        t = t.get(k)
    return t

def make(a, b = 2, **more):
    return dict({"a": a, "b": b}, **more)

def nested(l, m):
    n = 0
    out = [0]
    for x in l:
        for y in m:
            if x == y:
                n = n + 1
            out = out + [y]
    return [n, out]

def deep(e):
    return [[y for y in x] for x in e.l if type(x) == "list"]
"""

ATOMS = [
    "e.a",
    "e.b",
    "e.n",
    "e.s",
    "e.l",
    "e.o",
    "e.o.k",
    "e['a']",
    "e.get('a')",
    "e.get('q',7)",
    "1",
    "-3",
    "2.5",
    "'x'",
    "''",
    "LONG",
    "None",
    "e.z",
    "e",
    "LIST",
    "TABLE",
    "ROWS",
    "MANY",
    "[]",
    "{}",
    "CONF.limit",
    "True",
    "SET",
    "e.s2",
    "e.d",
]
ALPHABETS = ("xy", "/abc", "0123456789", "é€x", "a b\n", "\x01\u2028", "A.b/", "xyx/", "aaaa", " ")


class Writer:
    """Writes expressions over the event `e`."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def _one(self, *choices: str) -> str:
        return self._random.choice(choices)

    def expression(self, depth: int) -> str:
        """An expression of calls and operators nested at most so deep."""
        if depth <= 0 or self._random.random() < 0.15:
            return self._random.choice(ATOMS)
        return self._random.choice(
            (
                self._operators,
                self._texts,
                self._texts,
                self._builtins,
                self._builtins,
                self._loops,
                self._elements,
            )
        )(depth - 1)

    def _text(self, depth: int) -> str:
        return self._one("e.s", "e.s2", "LONG", "e.a", f"str({self.expression(depth)})")

    def _list(self, depth: int) -> str:
        text = self._text(depth)
        return self._one(
            *(
                "e.l",
                "e.a",
                "LIST",
                "ROWS",
                "list(e.keys())",
                "e.o.values()",
                "e.d.items()",
                "TABLE.keys()",
                "e.l[1:]",
            ),
            *(
                "reversed(e.l)",
                f"{text}.split('/')",
                f"{text}.split()",
                f"{text}.elems()",
                f"{text}.splitlines()",
            ),
            f"[{self.expression(depth)}, {self.expression(depth)}]",
        )

    def _dict(self, depth: int) -> str:
        return self._one(
            *("e", "e.o", "e.d", "TABLE", "MANY", "dict(e)", "{k: 1 for k in e}"),
            f"{{'a': {self.expression(depth)}, 'b': {self.expression(depth)}}}",
            f"dict(a={self.expression(depth)})",
        )

    def _operators(self, depth: int) -> str:
        x, y, z = (self.expression(depth) for _ in range(3))
        return self._one(
            f"({x} {self._one('==', '!=', '<', '<=', '>', '>=', 'in', 'not in')} {y})",
            f"({x} {self._one('==', '!=', '<', '<=', '>', '>=', 'in', 'not in')} {y})",
            f"({x} {self._one('+', '-', '//', '%', '/', '&', '|', '^')} {y})",
            f"({x} * {self._one('2', '3', '-1', '0', '40')})",
            f"(int({x}) * int({y}))",
            f"({self._one('e.n', '1', f'int({x})')} << {self._one('3', '70', 'e.n')})",
            f"({x} >> 3)",
            f"(-{x})",
            f"(not {x})",
            f"({x} {self._one('and', 'or')} {y})",
            f"({x} if {y} else {z})",
            f"('%s' % {x})",
            f"('%s|%r|%d' % ({x}, {y}, {self._one('1', 'e.n')}))",
            f"('%(a)s%(a)s' % {self._dict(depth)})",
            f"(e.s % {x})",
            f"('{self._one('%f', '%e', '%d', '%x', '%g', '%c', 'a%fb%f')}' % {self._one('e.n', 'e.a', x)})",
            "f'{"
            + self._one("e.a", "e.s", "e.n", "e.l")
            + "}-{"
            + self._one("e.a", "e.s", "e.n", "e.o")
            + "!r}'",
            f"(SET | set({self._list(depth)}))",
            f"(set({self._list(depth)}) - SET)",
            f"({self._dict(depth)} | {self._dict(depth)})",
        )

    def _texts(self, depth: int) -> str:
        text = self._text(depth)
        other = self._one("'a'", "'/'", "e.a", "e.s2", "'xyxy'", self._text(depth))
        return self._one(
            f"{text}.{self._one('lower', 'upper', 'title', 'capitalize', 'isalpha', 'isdigit', 'isspace', 'isupper')}()",
            f"{text}.{self._one('istitle', 'strip', 'lstrip', 'islower', 'isalnum')}()",
            f"{text}.{self._one('strip', 'rstrip')}({self._one(repr('x/ '), 'e.a')})",
            f"{text}.{self._one('split', 'rsplit')}({self._one(repr('/'), repr('ab'), 'None', 'e.a')})",
            f"{text}.{self._one('split', 'rsplit')}({self._one(repr('/'), repr('a'), 'None')}, {self._one('1', '2', 'e.n')})",
            f"{text}.{self._one('partition', 'rpartition')}({other})",
            f"{text}.{self._one('find', 'rfind', 'index', 'rindex', 'count')}({other})",
            f"{text}.{self._one('startswith', 'endswith', 'removeprefix', 'removesuffix')}({other})",
            f"{text}.find('x', {self._one('2', 'e.n', '-3')})",
            f"{text}.startswith(('x', 'yy', '/a'))",
            f"{text}.replace({self._one(repr('a'), repr(''), repr('/'), 'e.a', repr('xy'))}, "
            f"{self._one(repr(''), repr('bbb'), 'LONG', 'e.s2', 'e.a')})",
            f"{self._one(repr(''), repr(','), text)}.join({self._list(depth)})",
            f"{self._one(repr(''), repr(','), text)}.join([str(x) for x in {self._list(depth)}])",
            f"'{{}} {{!r}} {{}}'.format({self.expression(depth)}, {self.expression(depth)}, 1)",
            f"{self._one('PATH', 'LETTERS')}.{self._one('match', 'search', 'find', 'groups')}({text})",
            f"GLOB.match({text})",
            f"({text} in {self._one('HOSTS', 'ROUTE', 'ROUTES', 'HOST_TABLE', 'ADDRESSES')})",
            f"{self._one('HOSTS', 'ROUTE', 'ROUTES', 'HOST_TABLE', 'ADDRESSES')}.match({text})",
            f"{self._one('ROUTES', 'HOST_TABLE', 'ADDRESSES')}.get({text}, {self.expression(depth)})",
            f"ROUTES.match({text}).{self._one('params', 'pattern', 'value', 'params.id', 'value.k')}",
            f"ROUTE.match({text}).{self._one('a', 'b', 'zz')}",
            f"HOSTS.find({text})",
            f"hash({text})",
            f"int({text})",
            f"int({text}, {self._one('16', '2', '36', '0')})",
            f"float({text})",
        )

    def _builtins(self, depth: int) -> str:
        x, y = self.expression(depth), self.expression(depth)
        items, table = self._list(depth), self._dict(depth)
        return self._one(
            f"{self._one('len', 'str', 'repr', 'int', 'float', 'abs', 'bool', 'type', 'hash')}({x})",
            f"{self._one('min', 'max')}({self._one(items, f'{x}, {y}')})",
            f"{self._one('any', 'all', 'list', 'tuple', 'sorted', 'reversed', 'enumerate', 'set')}({items})",
            f"{self._one('min', 'max', 'sorted')}({items}, "
            f"key={self._one('len', 'str', 'lambda x: x', 'lambda x: x.n', 'lambda x: str(x)')})",
            f"sorted({items}, reverse=True)",
            f"zip({items}, {self._list(depth)})",
            f"dict({items})",
            f"dict({table}, z={x})",
            f"ip({self._one('e.a', 'e.s', repr('10.0.0.1'))})",
            f"({self._one('ip(e.s)', 'e.a', 'e.s', repr('10.0.0.1'))} in NETS)",
            f"header({self._one(table, 'e.l', 'e.d')}, {self._one(repr('K1'), 'e.a', 'e.s')})",
            f"getattr(e, {self._one(repr('a'), 'e.s', repr('zz'))}, 1)",
            f"hasattr({x}, 'a')",
            f"({x} in SET)",
            f"first({items})",
            f"total({items})",
            f"joined({items})",
            f"pick({items}, {x}, {y})",
            f"lookup({table}, {x}, {y})",
            f"make({x}, c={y})",
            f"nested({items}, {self._list(depth)})",
            "deep(e)",
            f"[x for x in range({self._one('3', '0', '40', '2, 9')}) if x != {x}]",
            f"fail({x})",
        )

    def _loops(self, depth: int) -> str:
        x, items, table = self.expression(depth), self._list(depth), self._dict(depth)
        made = self._one(
            *(
                "x",
                "str(x)",
                "x + x",
                "len(str(x))",
                "x.n",
                "int(x)",
                "x.lower()",
                "(x, x)",
                "{'v': x}",
                "f'{x}'",
            ),
            *(f"[x, {x}]", f"x == {x}", f"x in {x}"),
        )
        return self._one(
            f"[{made} for x in {items}]",
            f"[{made} for x in {items}]",
            f"[x for x in {items} if x {self._one('==', '!=', 'in', '<')} {x}]",
            f"[(x, y) for x in {items} for y in {self._list(depth)}]",
            f"[[y for y in x] for x in {items}]",
            f"[x + y for x, y in zip({items}, {self._list(depth)})]",
            f"{{k: v for k, v in {table}.items()}}",
            f"{{str(x): x for x in {items}}}",
            f"{{x: {x} for x in {items}}}",
            f"any([{self._one('x', 'x == e.a', 'x in LIST')} for x in {items}])",
        )

    def _elements(self, depth: int) -> str:
        x, items, table, text = (
            self.expression(depth),
            self._list(depth),
            self._dict(depth),
            self._text(depth),
        )
        return self._one(
            f"{table}.{self._one('keys()', 'values()', 'items()', 'get(e.s)', f'get({x})')}",
            f"{table}.get('x', {x})",
            f"{self._one(items, table, 'e.a', text)}[{self._one('0', '-1', repr('a'), 'e.n', 'e.s', repr('x'))}]",
            f"{self._one(items, text, 'e.a')}[{self._one('1:', '::2', ':-1', '::-1', 'e.n:')}]",
        )


def value(random: Random, depth: int = 3) -> Any:
    """A JSON value nested at most so deep."""
    kind = random.randrange(14)
    if kind == 0:
        return random.choice((None, True, False))
    if kind < 3:
        return random.randint(-100, 100)
    if kind == 3:
        return random.randint(-(10 ** random.randrange(1, 400)), 10 ** random.randrange(1, 400))
    if kind == 4:
        return random.choice((1e300, 1.5, -2.25, 1e-5, 1e16, 1e9, 12345.678, 5e-324, 2.2250738585072014e-308))
    if kind < 9 or depth == 0:
        alphabet = random.choice(ALPHABETS)
        return "".join(random.choice(alphabet) for _ in range(random.choice((0, 1, 3, 10, 60, 200, 500))))
    if kind < 12:
        count = random.choice((0, 1, 2, 5, 20, 100))
        if random.random() < 0.5:
            return [value(random, depth - 1)] * min(count, 30)
        return [value(random, depth - 1 if count < 10 else 0) for _ in range(count)]
    count = random.choice((0, 1, 2, 5, 20, 60))
    return {key(random): value(random, depth - 1 if count < 10 else 0) for _ in range(count)}


def key(random: Random) -> str:
    """A key of an object: one that the rules know, or any other."""
    other = "".join(random.choice("abcé") for _ in range(random.randrange(5)))
    return random.choice(("a", "k", "n", "x", "K1", f"key{random.randrange(90)}", other))


def small_event(random: Random) -> dict[str, Any]:
    """An event of a few bytes, for which the constant parts of costs count."""
    kinds: tuple[Any, ...] = (None, True, 0, 7, -1, 2.5, "", "x", "/a", "1", [], [1], {}, {"k": 1})
    return {
        name: random.choice(kinds)
        for name in ("a", "b", "n", "s", "s2", "l", "o", "d")
        if random.random() < 0.7
    }


def event(random: Random) -> dict[str, Any]:
    """An event, mostly with the fields that the rules read, of any types."""
    texts = (
        value(random, 0),
        "x" * random.randrange(300),
        "/abc/12",
        "/a/" * random.randrange(80),
        "10.1.2.3",
        "c%s",
        "/a/../b//" + "%41%ff/." * random.randrange(40),
        "x." * random.randrange(30) + random.choice(("Example.com", "b", "com:80")),
    )
    lists = (
        [value(random, 1) for _ in range(random.randrange(12))],
        [random.randint(0, 9) for _ in range(random.randrange(80))],
        ["x" * random.randrange(5) for _ in range(random.randrange(60))],
        value(random),
    )
    made = {
        "a": value(random),
        "b": value(random),
        "n": random.choice((random.randint(-5, 50), value(random))),
        "s": random.choice(texts),
        "s2": random.choice(("a", "xy", "/", "", "aab" * 20, value(random))),
        "l": random.choice(lists),
        "o": random.choice(({"k": value(random)}, value(random))),
        "d": random.choice(({f"k{i}": value(random, 0) for i in range(random.randrange(30))}, value(random))),
    }
    if random.random() < 0.1:
        made.pop(random.choice(list(made)))
    if random.random() < 0.1:
        made["q"] = value(random)
    return made
