"""Thousands of packages with damage at random: each is refused, or is byte for byte a package; reading writes nothing."""

from __future__ import annotations

import random

import pytest

import ringfence as rf
from ringfence.packing.package import Package, make_package, read_package
from tests.packing.zips import FILES

MUTANTS = 20_000
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x2E, 0x2F, 0x50)


def mutate(random: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """`data` after one to four changes: bits, bytes, pieces moved, doubled, dropped, or taken from another package."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at, end = sorted(random.choices(range(len(changed) + 1), k=2))
        match random.randrange(8):
            case 0 if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case 1 if at < len(changed):
                changed[at] = random.choice(INTERESTING)
            case 2:
                del changed[at : min(end, at + random.choice((1, 4, 1000)))]
            case 3:
                changed[at:at] = changed[at : min(end, at + random.choice((1, 30, 1000)))]
            case 4:
                changed[at : at + 4] = random.choice((0, 1, 2**16, 2**31, 2**32 - 1)).to_bytes(4, "little")
            case 5:
                other = random.choice(others)
                changed[at:end] = other[at:end]
            case 6:
                changed[at:at] = random.randbytes(random.choice((1, 4, 22)))
            case 7:
                header = bytes(changed).find(random.choice((b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")), at)
                if header >= 0:
                    changed[header + random.randrange(22) : header + 23] = random.randbytes(2)
    return bytes(changed)


@pytest.mark.usefixtures("nothing_written")
def test_a_damaged_package_is_refused_or_is_a_package() -> None:
    chance = random.Random(20_260)
    plain = make_package(FILES)
    packages: list[Package] = [
        plain,
        plain.signed("ab" * 32, bytes(range(64))),
        make_package({**FILES, "lib/é.star": b"x = 1\n", "main.star": b"PK\x03\x04" * 20}),
    ]
    whole = [package.to_bytes() for package in packages]
    refused = 0
    for _ in range(MUTANTS):
        data = mutate(chance, chance.choice(whole), whole)
        try:
            package = read_package(data, "mutant.rfb")
        except rf.BundleError:
            refused += 1
            continue
        # Signatures are not verified by reading: any others in the right form are read, and say nothing.
        assert package.to_bytes() == data
        assert dict(package.files) in [dict(original.files) for original in packages]
    assert refused > MUTANTS * 0.9
