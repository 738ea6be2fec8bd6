"""The sample questions of the `flags` template, each about one flag and one user: the same ones on every machine.

`ringfence init` writes them as `events.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ringfence.sample_events import SPAN, START, Event, Source

FLAGS = ("new-checkout", "dark-mode", "assistant", "price-page", "summer-banner", "old-search")
MISSPELT = "new-chekout"
COUNTRIES = ("DE", "DE", "NL", "SE", "FR", "US", "US", "BR")
PLANS = ("free", "free", "free", "pro", "pro", "enterprise")
VERSIONS = ("3.9.4", "4.1", "4.2.0", "4.9.9", "4.10.0", "4.12.1", "5.0")
CHOSEN = ("u-000042", "u-000013")
"""Users that the flags name."""


def question(source: Source) -> Event:
    """Whether one flag is on for one user."""
    number = source.below(20_000)
    is_staff = source.random() < 0.03
    user: Event = {
        "id": source.pick(CHOSEN) if source.random() < 0.06 else f"u-{number:06}",
        "plan": source.pick(PLANS),
        "country": source.pick(COUNTRIES),
        "app_version": source.pick(VERSIONS),
    }
    if is_staff or source.random() < 0.7:
        user["email"] = f"user{number}@{'example.com' if is_staff else 'mail.test'}"
    flag = MISSPELT if source.random() < 0.01 else source.pick(FLAGS)
    return {"flag": flag, "time": START + 26 * 86_400 + source.below(SPAN), "user": user}


def flag_events(count: int = 1_000, seed: int = 1) -> Iterator[bytes]:
    """The first `count` questions of the stream, each one JSON line without its newline."""
    source = Source(seed)
    for _ in range(count):
        yield json.dumps(question(source), ensure_ascii=False, separators=(",", ":")).encode()
