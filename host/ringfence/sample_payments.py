"""The sample payments of the `fraud` template: realistic events, the same ones on every machine.

Most are ordinary; about a third carry one *twist*, or two: what one of the rules is there to notice. `ringfence init` writes
them as `events.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from ringfence.sample_events import SPAN, START, Event, Source, address

TWISTED = 0.35
TWICE = 0.4
"""Shares of the payments that get a twist, and of those that get another."""

NAMES = ("ada", "bo", "chidi", "dana", "emil", "fatima", "goran", "hana", "ines", "jonas", "kemi", "li")
MAILS = ("gmail.com", "web.de", "orange.fr", "outlook.com", "proton.me")
COUNTRIES = ("DE", "DE", "DE", "FR", "NL", "AT", "SE")
NETWORKS = {"DE": "85.17", "FR": "90.63", "NL": "145.53", "AT": "77.116", "SE": "83.251"}
GOODS: tuple[tuple[str, float], ...] = (
    ("book", 14.9), ("book", 22.0), ("shoes", 89.0), ("coffee", 11.5), ("phone", 449.0), ("lamp", 39.9),
    ("console", 379.0), ("gift-card", 50.0), ("jacket", 129.0), ("toys", 24.9), ("jewellery", 210.0),
)  # fmt: skip


def ordinary_payment(source: Source, number: int) -> Event:
    """A payment with nothing unusual about it."""
    country = source.pick(COUNTRIES)
    items: list[Event] = []
    for _ in range(1 + source.below(3)):
        kind, price = source.pick(GOODS)
        items.append({"sku": f"{kind}-{source.below(900):03}", "kind": kind, "price": price, "quantity": 1})
    name = source.pick(NAMES)
    age = 1 + int(source.random() ** 2 * 2_000)
    return {
        "id": f"pay-{number:06}",
        "time": START + source.below(SPAN),
        "amount": round(sum(item["price"] for item in items), 2),
        "currency": "EUR",
        "items": items,
        "card": {
            "fingerprint": f"c_{source.below(1 << 24):06x}",
            "country": country,
            "funding": source.pick(("credit", "credit", "debit", "debit", "debit", "prepaid")),
        },
        "customer": {
            "id": f"u-{source.below(90_000):06}",
            "email": f"{name}{source.below(99)}@{source.pick(MAILS)}",
            "account_age_days": age,
            "orders": source.below(2 + age // 40),
            "chargebacks": 0,
        },
        "device": f"d_{source.below(1 << 24):06x}",
        "ip": address(source, NETWORKS[country]),
        "ip_country": country,
        "shipping": {"country": country, "postcode": f"{10_000 + source.below(80_000)}"}
        if any(item["kind"] != "gift-card" for item in items)
        else None,
        "seen": {
            "card_last_hour": source.below(2),
            "ip_last_hour": source.below(3),
            "device_cards_last_day": 1,
            "declines_last_hour": 0,
        },
    }


# --- The twists: each changes an ordinary payment into what one rule is about ------------------------------


def stolen_card(payment: Event, source: Source) -> None:
    payment["card"]["fingerprint"] = source.pick(("c_9f31b7", "c_00d1e5", "c_77aa02"))


def known_device(payment: Event, source: Source) -> None:
    payment["device"] = source.pick(("d_5150ff", "d_0badc0"))


def throwaway_mail(payment: Event, source: Source) -> None:
    payment["customer"]["email"] = f"x{source.below(9_999)}@{source.pick(('mailinator.com', 'Yopmail.fr'))}"


def tor(payment: Event, source: Source) -> None:
    payment["ip"] = source.pick(
        (address(source, "185.220.101"), address(source, "192.42.116"), "2a0b:f4c0::7")
    )
    payment["ip_country"] = source.pick(("NL", "RO", "DE"))


def charged_back(payment: Event, source: Source) -> None:
    payment["customer"]["chargebacks"] = 1 + source.below(4)


def hot_card(payment: Event, source: Source) -> None:
    payment["seen"]["card_last_hour"] = 3 + source.below(6)


def hot_address(payment: Event, source: Source) -> None:
    payment["seen"]["ip_last_hour"] = 6 + source.below(30)


def card_collector(payment: Event, source: Source) -> None:
    payment["seen"]["device_cards_last_day"] = 2 + source.below(5)


def card_tester(payment: Event, source: Source) -> None:
    payment["items"] = [{"sku": "gift-card-001", "kind": "gift-card", "price": 1.0, "quantity": 1}]
    payment["amount"] = 1.0
    payment["seen"]["declines_last_hour"] = 2 + source.below(20)


def foreign_card(payment: Event, source: Source) -> None:
    payment["card"]["country"] = source.pick(("US", "BR", "ID", "GB"))


def reshipped(payment: Event, source: Source) -> None:
    payment["shipping"] = {"country": source.pick(("LT", "CY", "US")), "postcode": "00000"}


def first_day(payment: Event, source: Source) -> None:
    payment["customer"].update(account_age_days=source.below(3), orders=0)


def bulk(payment: Event, source: Source) -> None:
    item = payment["items"][0]
    item["quantity"] = 2 + source.below(8)
    payment["amount"] = round(sum(item["price"] * item["quantity"] for item in payment["items"]), 2)


def prepaid_phones(payment: Event, source: Source) -> None:
    payment["card"]["funding"] = "prepaid"
    payment["items"] = [{"sku": "phone-007", "kind": "phone", "price": 449.0, "quantity": 2}]
    payment["amount"] = 898.0


TWISTS: tuple[Callable[[Event, Source], None], ...] = (
    stolen_card, known_device, throwaway_mail, tor, charged_back, hot_card, hot_address, card_collector,
    card_tester, foreign_card, reshipped, first_day, bulk, prepaid_phones,
)  # fmt: skip


def payment_events(count: int = 1_000, seed: int = 1) -> Iterator[bytes]:
    """The first `count` payments of the stream, each one JSON line without its newline."""
    source = Source(seed)
    for number in range(1, count + 1):
        payment = ordinary_payment(source, number)
        if source.random() < TWISTED:
            source.pick(TWISTS)(payment, source)
            if source.random() < TWICE:
                source.pick(TWISTS)(payment, source)
        yield json.dumps(payment, ensure_ascii=False, separators=(",", ":")).encode()
