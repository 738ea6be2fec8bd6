"""The sample requests of the `gateway` template: realistic events, the same ones on every machine.

`ringfence init` writes them as `events.jsonl`, so that no generated file is kept in the repository; the benchmarks and
the template's tests read the same stream. Each event is an ordinary request, and about half of them carry one *twist*: what one
of the rules is there to notice.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Event = dict[str, Any]
T = TypeVar("T")

START = 1_780_272_000  # 2026-06-01, 00:00 UTC; the template's maintenance windows are in the days after it
SPAN = 7 * 86_400  # seconds that the events are spread over
TWISTED = 0.5  # share of events that get a twist

BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "ExampleApp/3.4.1 (Android 15)",
)
SERVICES = ("users", "orders", "orders", "invoices", "reports", "files", "query", "events")
TENANTS = ("acme", "acme", "globex", "globex", "hooli", "initech", "wayne")
COUNTRIES = ("US", "US", "DE", "DE", "FR", "GB", "IN", "JP", "BR", "NG", "CN", "RU", "SE", "VN")
ROLES = (
    ["viewer"],
    ["editor"],
    ["editor", "auditor"],
    ["owner"],
    ["viewer", "billing"],
    ["owner", "auditor"],
)
LANGUAGES = ("en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.5", "fr-FR", "pt-BR,pt;q=0.8", "ja")
METHODS = ("GET",) * 12 + ("POST",) * 4 + ("PUT", "PATCH", "DELETE", "OPTIONS")


class Source(random.Random):
    """Random choices made from `random()` alone, whose sequence no Python version changes."""

    def below(self, bound: int) -> int:
        return int(self.random() * bound)

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]


def address(source: Source, prefix: str) -> str:
    """An IPv4 address that starts with `prefix`, the other octets at random."""
    octets = prefix.split(".") if prefix else []
    return ".".join(octets + [str(1 + source.below(254)) for _ in range(4 - len(octets))])


def ordinary_request(source: Source, number: int) -> Event:
    """A request with nothing unusual about it."""
    method = source.pick(METHODS)
    has_body = method in ("POST", "PUT", "PATCH")
    body_bytes = 20 + int(source.random() ** 3 * 60_000) if has_body else 0
    headers = {
        "user-agent": source.pick(BROWSERS),
        "accept": source.pick(("application/json", "*/*")),
        "accept-language": source.pick(LANGUAGES),
        "x-request-id": f"{source.below(1 << 32):08x}{source.below(1 << 32):08x}",
    }
    if has_body:
        headers["content-type"] = "application/json; charset=utf-8"
        headers["content-length"] = str(body_bytes)
    tail = source.pick(("", f"/{1 + source.below(9_999)}", f"/{1 + source.below(9_999)}", "/recent"))
    return {
        "id": f"req-{number:06d}",
        "time": START + source.below(SPAN),
        "method": method,
        "host": "api.example.com",
        "path": f"/v2/{source.pick(SERVICES)}{tail}",
        "query": {"page": str(1 + source.below(9))} if method == "GET" and source.random() < 0.4 else {},
        "client_ip": address(source, source.pick(("198.51.100", "192.0.2", "203.0.113.5", "85.17"))),
        "country": source.pick(COUNTRIES),
        "tls": source.pick(("1.3", "1.3", "1.3", "1.2")),
        "headers": headers,
        "body_bytes": body_bytes,
        "tenant": source.pick(TENANTS),
        "user": {"id": 1 + source.below(90_000), "roles": source.pick(ROLES)}
        if source.random() < 0.85
        else None,
    }


def set_body(event: Event, size: int, media_type: str = "application/json") -> None:
    event["body_bytes"] = size
    event["headers"] |= {"content-type": media_type, "content-length": str(size)}


def drop_body(event: Event) -> None:
    event["body_bytes"] = 0
    event["headers"].pop("content-type", None)
    event["headers"].pop("content-length", None)


def get(event: Event, path: str) -> None:
    """Make the event a plain reading request for `path`."""
    event.update(method="GET", path=path, query={})
    drop_body(event)


def agent(event: Event, name: str) -> None:
    event["headers"]["user-agent"] = name


# --- The twists: each changes an ordinary request into what one rule is about ------------------------------


def health(event: Event, source: Source) -> None:
    get(event, "/healthz")
    event.update(client_ip=address(source, "10.20.0"), tenant=None, user=None)
    agent(event, "kube-probe/1.32")


def maintenance(event: Event, source: Source) -> None:
    get(event, "/v2/reports/weekly")
    event["time"] = 1_780_279_200 + source.below(3_600)


def strange_host(event: Event, source: Source) -> None:
    event["host"] = source.pick(("api.example.com.evil.test", "203.0.113.7", "localhost"))


def strange_method(event: Event, source: Source) -> None:
    drop_body(event)
    event["method"] = source.pick(("TRACE", "CONNECT", "PROPFIND"))


def traversal(event: Event, source: Source) -> None:
    get(
        event,
        "/v2/files/"
        + source.pick(("../../etc/passwd", "%2e%2e/%2e%2e/etc/shadow", "a%00.png", "..\\win.ini")),
    )


def header_flood(event: Event, source: Source) -> None:
    for number in range(14 + source.below(6)):
        event["headers"][f"x-junk-{number}"] = "1"


def long_cookie(event: Event, source: Source) -> None:
    event["headers"]["cookie"] = "session=" + "0123456789abcdef" * (64 + source.below(16))


def smuggling(event: Event, source: Source) -> None:
    event["method"] = "POST"
    set_body(event, 40)
    event["headers"]["transfer-encoding"] = source.pick(("chunked", " chunked", "gzip, chunked"))


def old_tls(event: Event, source: Source) -> None:
    event["tls"] = source.pick(("1.0", "1.1"))


def plain_http(event: Event, source: Source) -> None:
    event["tls"] = None


def no_agent(event: Event, source: Source) -> None:
    if source.below(2):
        agent(event, " ")
    else:
        del event["headers"]["user-agent"]


def body_on_get(event: Event, source: Source) -> None:
    event["method"] = source.pick(("GET", "HEAD"))
    set_body(event, 1 + source.below(900))


def odd_media_type(event: Event, source: Source) -> None:
    event["method"] = "POST"
    set_body(
        event,
        90,
        source.pick(("text/xml", "application/x-www-form-urlencoded", "text/plain; charset=latin1")),
    )


def blocked_network(event: Event, source: Source) -> None:
    event["client_ip"] = source.pick(
        ("203.0.113.200", "203.0.113.131", "2001:db8:bad::17", "2001:db8:bad:1::1")
    )


def embargo(event: Event, source: Source) -> None:
    event["country"] = source.pick(("KP", "SY"))


def admin_outside(event: Event, source: Source) -> None:
    get(event, source.pick(("/admin", "/admin/tenants", "/admin.php")))


def admin_inside(event: Event, source: Source) -> None:
    get(event, source.pick(("/admin", "/admin/tenants")))
    roles = source.pick((["admin"], ["admin", "staff"], ["staff"]))
    event.update(client_ip=address(source, "10.4"), country=None, tenant=None, user={"id": 7, "roles": roles})


def metrics(event: Event, source: Source) -> None:
    get(event, "/metrics")
    event.update(
        client_ip=address(source, source.pick(("10.20.0", "10.4.7", ""))),
        country=None,
        tenant=None,
        user=None,
    )
    agent(event, "Prometheus/3.3.1")


def forged_hop(event: Event, source: Source) -> None:
    event["headers"]["x-forwarded-for"] = source.pick(("10.0.0.1", "192.168.1.1, 85.17.4.4", "fd00::1"))


def behind_proxy(event: Event, source: Source) -> None:
    event["headers"]["x-forwarded-for"] = address(source, "10.4")
    event.update(client_ip=address(source, "10.1"), country=None)


def partner(event: Event, source: Source) -> None:
    event["host"] = "partners.example.com"
    agent(event, "partner-sync/2.1")
    event["tenant"] = source.pick(("acme", "acme", "wayne", "globex"))
    event["client_ip"] = source.pick(("198.51.100.17", "2001:db8:acce::5", "198.51.100.90", "85.17.3.3"))
    event["user"] = {"id": 900, "roles": ["service", "owner"]}


def attack_tool(event: Event, source: Source) -> None:
    agent(
        event,
        source.pick(
            ("sqlmap/1.9.4#stable (https://sqlmap.org)", "Mozilla/5.0 zgrab/0.x", "Nuclei - Open-source")
        ),
    )


def crawler(event: Event, source: Source) -> None:
    get(event, source.pick(("/v2/query/shoes", "/docs/index.html")))
    event.update(tenant=None, user=None, host=source.pick(("api.example.com", "static.example.com")))
    event["client_ip"] = address(source, source.pick(("66.249.64", "66.249.70", "45.9")))
    agent(event, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")


def ai_crawler(event: Event, source: Source) -> None:
    get(event, f"/v2/files/{source.below(999)}")
    event["user"] = None
    agent(event, source.pick(("Mozilla/5.0 (compatible; GPTBot/1.2)", "CCBot/2.0", "ClaudeBot/1.0")))


def scraper(event: Event, source: Source) -> None:
    get(event, "/v2/users")
    event.update(user=None, query={"page": str(10 + source.below(90))})
    agent(event, source.pick(("curl/8.14.1", "python-requests/2.32.4", "Scrapy/2.13 (+https://scrapy.org)")))


def login(event: Event, source: Source) -> None:
    event.update(method="POST", path="/login", query={}, tenant=None, user=None)
    set_body(event, 120)
    event["headers"]["origin"] = source.pick(("https://www.example.com",) * 3 + ("https://www.examp1e.test",))


def unknown_tenant(event: Event, source: Source) -> None:
    event["tenant"] = source.pick(("acme ", "hooli-test", "admin"))


def suspended(event: Event, source: Source) -> None:
    event["tenant"] = "umbrella"


def anonymous(event: Event, source: Source) -> None:
    event.update(method="POST", user=None)
    set_body(event, 300)


def service_account(event: Event, source: Source) -> None:
    event["user"] = {"id": 901, "roles": ["service", "editor"]}
    if source.below(2):
        event.update(client_ip=address(source, "10.9"), country=None)


def upload(event: Event, source: Source) -> None:
    event.update(method="POST", path="/v2/files", query={}, user={"id": 45, "roles": ["editor"]})
    set_body(event, source.pick((3, 30, 300)) << 20, "multipart/form-data; boundary=x")


def deep_paging(event: Event, source: Source) -> None:
    get(event, "/v2/orders")
    event["query"] = {"page": str(900 + source.below(2_000))}


def version_one(event: Event, source: Source) -> None:
    get(event, f"/v1/orders/{source.below(999)}")


def version_three(event: Event, source: Source) -> None:
    get(event, f"/v3/orders/{source.below(999)}")


def old_client(event: Event, source: Source) -> None:
    event["headers"]["x-client-version"] = source.pick(("2.9.1", "3.1", "3.2.0", "4.0", "nightly"))


def moved_search(event: Event, source: Source) -> None:
    get(event, source.pick(("/v2/search", "/v2/search/products")))


def static(event: Event, source: Source) -> None:
    get(event, source.pick(("/app.js", "/app.css", "/fonts/inter.woff2", "/img/logo.svg")))
    event.update(host="static.example.com", tenant=None, user=None)


def staff_canary(event: Event, source: Source) -> None:
    get(event, "/v2/orders/17")
    event.update(
        tenant=None, user={"id": 12, "roles": ["staff"]}, client_ip=address(source, "10.4"), country=None
    )
    event["headers"]["x-canary"] = source.pick(("1", "1", "0"))


def no_route(event: Event, source: Source) -> None:
    get(event, source.pick(("/", "/v2", "/v2/wallets/3", "/wp-login.php", "/favicon.ico")))


def unicode_path(event: Event, source: Source) -> None:
    get(event, source.pick(("/v2/files/übersicht.pdf", "/v2/query/東京", "/v2/files/🗂/inbox")))


TWISTS: tuple[Callable[[Event, Source], None], ...] = (
    health, maintenance, strange_host, strange_method, traversal, header_flood, long_cookie, smuggling,
    old_tls, plain_http, no_agent, body_on_get, odd_media_type, blocked_network, embargo, admin_outside,
    admin_inside, metrics, forged_hop, behind_proxy, partner, attack_tool, crawler, ai_crawler, scraper, login,
    unknown_tenant, suspended, anonymous, service_account, upload, deep_paging, version_one,
    version_three, old_client, moved_search, static, staff_canary, no_route, unicode_path,
)  # fmt: skip


def gateway_events(count: int = 2_000, seed: int = 1) -> Iterator[bytes]:
    """The first `count` events of the stream, each one JSON line without its newline."""
    source = Source(seed)
    for number in range(1, count + 1):
        event = ordinary_request(source, number)
        if source.random() < TWISTED:
            source.pick(TWISTS)(event, source)
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
