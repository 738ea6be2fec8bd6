"""Cases of the vocabulary of gateways: addresses, networks, hosts, paths, headers, queries."""

from __future__ import annotations

from collections.abc import Iterable

from .case import Case

MANY = 1 << 14
NETWORKS = 'x = ["10.%d.%d.0/24" % (i // 256 % 256, i % 256) for i in range(N)]'
REVERSED = 'x = ["10.%d.%d.0/24" % (i // 256 % 256, i % 256) for i in range(N - 1, -1, -1)]'
SCATTERED = 'x = ["%d.%d.%d.0/24" % (i * 7919 % 223, i * 104729 % 256, i * 31 % 256) for i in range(N)]'
NETWORKS_6 = 'x = ["2001:db8:%x::/48" % (i % 65536) for i in range(N)]'
# Every network around ::1 and as many beside it: the search ends at the deepest and has to go all the way out.
NESTED = 'x = {"::/%d" % i: i for i in range(1, 120)}\nt = cidr_table(x)'
# Hosts and paths by the shape of what makes them hard.
LABELS = '"a." * min(N, 125) + "com"'
HOSTS = 'x = ["h%d.example.com" % i for i in range(N)]'
ROUTES = 'x = {"/r%d/{id}/end" % i: i for i in range(N)}'
LONG_SEGMENTS = (
    'x = {"/" + "a" * 1000 + str(i): i for i in range(N)}\nt, p = route_table(x), "/" + "a" * 1000 + "b"'
)
# Each segment of the path has a literal and a capture to try, and all of them end in vain.
BACKTRACKING = """def build(depth):
    steps = [""]
    for level in range(depth):
        steps = [s + t for s in steps for t in ("/a", "/{x%d}" % level)]
    return {s + "/end": s for s in steps}
depth = min(N // 8 + 1, 11)
t, p = route_table(build(depth)), "/a" * depth + '/miss'"""
PATHS = {
    "plain": '"/ab" * N',
    "escaped": '"/%61" * N',
    "slashes": '"/" * N',
    "dots": '"/." * N',
    "up and down": '"/a/.." * N',
    "beyond ASCII": '"/é%c3%a9" * N',
    "one segment": '"/" + "a" * N',
    "no path": '"a" * N',
    "query": '"/?" + "a" * N',
}
QUERIES = {
    "pairs": '"&".join(["k%d=v" % i for i in range(N)])',
    "one name": '"a=1&" * N',
    "escaped": '"a=" + "%41" * N',
    "ampersands": '"&" * N',
}


def attributes(kind: str, names: list[str], setup: str) -> Iterable[Case]:
    """One case for each attribute of a value."""
    return (Case(f"{kind}.{name}", "", f"a.{name}", setup, largest=1) for name in names)


CASES = [
    *attributes(
        "ip",
        ["version", "is_private", "is_loopback", "is_link_local", "is_multicast", "is_unspecified"],
        'a = ip("2001:db8::1")',
    ),
    Case("ip()", "v4", 'ip("10.1.2.3")', largest=1),
    Case("ip()", "v6", 'ip("2001:db8:1:2:3:4:5:6")', largest=1),
    Case("ip()", "no address", "ip(s)", 's = "1" * N', ends="ip"),
    Case("ip < ip", "", "a < b", 'a, b = ip("2001:db8::1"), ip("2001:db8::2")', largest=1),
    Case("str()", "ip", "str(a)", 'a = ip("2001:db8::1")', largest=1),
    Case("dict display", "ip", "{a: 1}", 'a = ip("2001:db8::1")', largest=1),
    # Sets of networks.
    Case("cidr()", "one", 'cidr("10.0.0.0/8")', largest=1),
    Case("cidr()", "many", "cidr(*x)", NETWORKS, largest=MANY),
    Case("cidr()", "descending", "cidr(*x)", REVERSED, largest=MANY),
    Case("cidr()", "scattered", "cidr(*x)", SCATTERED, largest=MANY),
    Case("cidr()", "the same", "cidr(*x)", 'x = ["10.0.0.0/8"] * N', largest=MANY),
    Case("cidr()", "v6", "cidr(*x)", NETWORKS_6, largest=MANY),
    Case("cidr()", "sets", "cidr(c, c)", f"{SCATTERED}\nc = cidr(*x)", largest=MANY),
    Case("cidr()", "no network", "cidr(s)", 's = "1" * N', ends="cidr"),
    Case("in cidr", "ip", "a in c", f'{SCATTERED}\nc, a = cidr(*x), ip("11.0.0.1")', largest=MANY),
    Case("in cidr", "str", '"11.0.0.1" in c', f"{SCATTERED}\nc = cidr(*x)", largest=MANY),
    Case("in cidr", "cidr", "c in c", f"{SCATTERED}\nc = cidr(*x)", largest=MANY),
    Case("cidr == cidr", "", "c == d", f"{SCATTERED}\nc, d = cidr(*x), cidr(*x)", largest=MANY),
    Case("cidr.find", "", 'c.find("11.0.0.1")', f"{SCATTERED}\nc = cidr(*x)", largest=MANY),
    Case("cidr.networks", "", "c.networks", f"{SCATTERED}\nc = cidr(*x)", largest=MANY),
    Case("str()", "cidr", "str(c)", f"{SCATTERED}\nc = cidr(*x)", largest=MANY),
    # Tables of networks.
    Case("cidr_table()", "dict", "cidr_table(d)", f"{SCATTERED}\nd = {{n: n for n in x}}", largest=MANY),
    Case(
        "cidr_table()",
        "pairs",
        "cidr_table(d)",
        f"{REVERSED}\nd = [(n, n) for n in x]",
        largest=MANY,
    ),
    Case(
        "cidr_table.get",
        "",
        "t.get(a)",
        f'{NETWORKS}\nt, a = cidr_table({{n: n for n in x}}), ip("11.0.0.1")',
        largest=MANY,
    ),
    Case("cidr_table.get", "nested", 't.get("ffff::")', NESTED, largest=1),
    Case(
        "cidr_table.match",
        "",
        't.match("10.0.0.1")',
        f"{NETWORKS}\nt = cidr_table({{n: n for n in x}})",
        largest=MANY,
    ),
    Case(
        "table[]",
        "cidr_table",
        't["10.0.0.1"]',
        f"{NETWORKS}\nt = cidr_table({{n: n for n in x}})",
        largest=MANY,
    ),
    Case(
        "in cidr_table",
        "",
        '"10.0.0.1" in t',
        f"{NETWORKS}\nt = cidr_table({{n: n for n in x}})",
        largest=MANY,
    ),
    # Hosts.
    Case("host()", "many", "host(*x)", HOSTS, largest=MANY),
    Case("host()", "the same", "host(*x)", 'x = ["*.example.com"] * N', largest=MANY),
    Case("host()", "labels", "host(s)", f"s = {LABELS}", largest=128),
    Case("host()", "no host", "host(s)", 's = "a" * N + "!"', ends="host"),
    Case(
        "host.match",
        "many",
        "h.match(s)",
        f'{HOSTS}\nh, s = host(*x), "H%d.EXAMPLE.com:443" % (N // 2)',
        largest=MANY,
    ),
    Case("host.match", "labels", "h.match(s)", f's = {LABELS}\nh = host("*.com")', largest=128),
    Case("host.match", "long", "h.match(s)", 's = "A" * N\nh = host("*.com")'),
    Case("host.match", "dots", "h.match(s)", 's = "." * N\nh = host("*")'),
    Case("host.match", "bracket", "h.match(s)", 's = "[" + ":" * N + "]"\nh = host("*")'),
    Case("host.find", "", "h.find(s)", 's = "a.b.example.com"\nh = host("*.example.com")', largest=1),
    Case("host.patterns", "", "h.patterns", HOSTS + "\nh = host(*x)", largest=MANY),
    Case("in host", "", "s in h", 's = "a.b.example.com"\nh = host("*.example.com")', largest=1),
    Case("host == host", "", "h == g", HOSTS + "\nh, g = host(*x), host(*x)", largest=MANY),
    Case("dict display", "host", "{h: 1}", HOSTS + "\nh = host(*x)", largest=MANY),
    Case("host_table()", "", "host_table(d)", HOSTS + "\nd = {h: 1 for h in x}", largest=MANY),
    Case("host_table.get", "", "t.get(x[0])", HOSTS + "\nt = host_table({h: 1 for h in x})", largest=MANY),
    Case(
        "host_table.match", "", "t.match(x[0])", HOSTS + "\nt = host_table({h: 1 for h in x})", largest=MANY
    ),
    Case("table[]", "host_table", "t[x[0]]", HOSTS + "\nt = host_table({h: 1 for h in x})", largest=MANY),
    # Paths.
    Case("path()", "segments", "path(s)", 's = "/ab" * N', largest=MANY),
    Case(
        "path()",
        "captures",
        "path(s)",
        's = "".join(["/{x%d}" % i for i in range(min(N, 500))])',
        largest=512,
    ),
    Case("path()", "escaped", "path(s)", 's = "/%61" * N', largest=MANY),
    Case("path()", "no pattern", "path(s)", 's = "/" + "a" * N + "*"', ends="path"),
    Case("path.pattern", "", "p.pattern", 'p = path("/")', largest=1),
    *(
        Case("path.match", shape, "p.match(s)", f's = {text}\np = path("/{{rest...}}")')
        for shape, text in PATHS.items()
    ),
    Case(
        "path.match",
        "captures",
        'p.match("/a" * min(N, 500))',
        'p = path("".join(["/{x%d}" % i for i in range(min(N, 500))]))',
        largest=512,
    ),
    Case("in path", "", "s in p", 's = "/users/7"\np = path("/users/{id}")', largest=1),
    Case("path == path", "", "p == q", 's = "/ab" * N\np, q = path(s), path(s + "")', largest=MANY),
    Case("route_table()", "", "route_table(x)", ROUTES, largest=MANY),
    Case(
        "route_table()", "long segments", "route_table(x)", LONG_SEGMENTS.partition("\n")[0], largest=1 << 12
    ),
    Case(
        "route_table.match",
        "many",
        "t.match(p)",
        f'{ROUTES}\nt, p = route_table(x), "/r%d/7/end" % (N // 2)',
        largest=MANY,
    ),
    Case("route_table.match", "long segments", "t.match(p)", LONG_SEGMENTS, largest=1 << 12),
    Case("route_table.match", "backtracking", "t.match(p)", BACKTRACKING, largest=1 << 12),
    Case("route_table.get", "", 't.get("/r0/7/end")', f"{ROUTES}\nt = route_table(x)", largest=MANY),
    Case("table[]", "route_table", 't["/r0/7/end"]', f"{ROUTES}\nt = route_table(x)", largest=MANY),
    Case("in route_table", "", '"/nowhere" in t', f"{ROUTES}\nt = route_table(x)", largest=MANY),
    # Headers and queries.
    Case("header()", "dict", 'header(h, "x-last")', 'h = {"X-K%d" % i: "" for i in range(N)}', largest=MANY),
    Case(
        "header()",
        "same length",
        'header(h, "x-a00000")',
        'h = {"X-K" + ("0000" + str(i))[-5:]: "" for i in range(N)}',
        largest=MANY,
    ),
    Case(
        "header()", "pairs", 'header(h, "x-last")', 'h = [("X-K%d" % i, "") for i in range(N)]', largest=MANY
    ),
    Case("header()", "long", "header(h, n)", 'n = "a" * N\nh = {"A" * N: 1}'),
    *(
        Case(f"{name}()", shape, f"{name}(s)", f"s = {text}")
        for name in ("query", "query_all")
        for shape, text in QUERIES.items()
    ),
]
