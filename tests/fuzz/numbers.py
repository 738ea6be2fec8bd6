"""Soak tests of numbers: very many doubles and large integers through the guest, compared with CPython's.

Numbers go in as the program's arguments, in batches; a small program parses, computes and prints them; CPython does the same.
`random_double` prefers what is hard: neighbours of powers of two and ten, denormals, integers at the edge, and decimals that lie
just beside the middle between two doubles.
"""

from __future__ import annotations

import math
import random
import struct
import sys
import time
from collections.abc import Callable, Iterable
from fractions import Fraction

import ringfence as rf
from ringfence.errors import RingfenceError
from ringfence.program import run_program
from tests.fuzz.outcome import Finding
from tests.numbers.starlark_floats import starlark_float

LIMITS = rf.Limits(fuel=10**12, memory="1GiB", deadline=600.0)
BATCH = 20_000
INTEGER_BATCH = 50
KINDS = ("shortest", "parsed", "formatted", "integers")
REPORT_SECONDS = 10.0
MAX_BITS = 10_000
MAX_DIGITS = 20_000
"""Of a product, with room to spare: CPython refuses more than 4,300 unless told."""

PRINT = "def main(values):\n    for value in values:\n        print({expression})\nmain(args)\n"
SHORTEST = PRINT.format(expression="value")
PARSED = PRINT.format(expression="float(value)")
FORMATTED = PRINT.format(expression='"%e %f %g" % (value, value, value)')

COMPUTED = """\
def main(rows):
    for a, b, n, x, base, digits in rows:
        a, b = int(a), int(b)
        print(a + b, a - b, a * b, -a, abs(b), a * a - b * b)
        if b != 0:
            print(a // b, a % b)
        print(a & b, a | b, a ^ b, ~a, a << n, b >> n, (a * b) >> n)
        print(a < b, a <= b, a == b, a + 1 > a, a == int(str(a)), min(a, b), max(a, b), {a: 1}.get(a + b - b))
        print("%x" % a, "%X" % b, "%o" % a, "%d" % b, int(digits, base), int("%x" % b, 16) == b)
        print(a < x, x <= b, a == x, a == float(int(x)), int(x))
        if abs(a) < 1 << 1000:
            print(float(a), a / 3)
main(args)
"""


def random_double(rng: random.Random) -> float:
    """A finite double."""
    kind = rng.randrange(10)
    if kind <= 5:
        x = from_bits(rng.getrandbits(64))
    elif kind == 6:
        x = near(rng, math.ldexp(1.0, rng.randint(-1074, 1023)))
    elif kind == 7:
        x = near(rng, float(f"{rng.randint(1, 99)}e{rng.randint(-320, 306)}"))
    elif kind == 8:
        x = from_bits(rng.getrandbits(rng.randint(1, 52)))
    else:
        x = float(rng.getrandbits(rng.randint(1, 64)))
    return x if math.isfinite(x) else 0.5


def from_bits(bits: int) -> float:
    """The double with these bits."""
    x: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return x


def near(rng: random.Random, x: float) -> float:
    """A double at most two steps away, of either sign."""
    for _ in range(rng.randrange(3)):
        x = math.nextafter(x, rng.choice((0.0, math.inf)))
    return rng.choice((x, -x))


def hard_decimal(rng: random.Random) -> str:
    """A decimal at the middle between two doubles, or so little beside it that many digits are needed to see it."""
    x = abs(random_double(rng))
    above = math.nextafter(x, math.inf)
    middle = (Fraction(x) + Fraction(above if math.isfinite(above) else x)) / 2
    # A dyadic fraction has finitely many decimals: as many as its denominator has factors of two.
    places = middle.denominator.bit_length() - 1
    digits = middle.numerator * 5**places
    if rng.random() < 0.6:
        places += 5
        digits = digits * 10**5 + rng.choice((-1, 1, 0))
    text = str(digits)
    if rng.random() < 0.3 and len(text) > 20:
        cut = rng.randint(17, len(text))
        places -= len(text) - cut
        text = text[:cut]
    return f"{text}e{-places}"


def random_integer(rng: random.Random, bits: int = MAX_BITS) -> int:
    """An integer of up to so many bits: small ones, long runs of equal bits, and the edges of words among them."""
    size = rng.choice((8, 47, 48, 63, 64, 65, 128, 1000, rng.randint(1, bits)))
    size = min(size, bits)
    kind = rng.randrange(4)
    if kind == 0:
        number = (1 << size) + rng.randint(-2, 2)
    elif kind == 1:
        number = sum(rng.getrandbits(1) * ((1 << 32) - 1) << 32 * word for word in range(size // 32 + 1))
    else:
        number = rng.getrandbits(size)
    return rng.choice((number, -number))


def integer_row(rng: random.Random) -> tuple[str, str, int, float, int, str]:
    """The operands of one round of integer arithmetic."""
    a, b = random_integer(rng), random_integer(rng)
    if rng.random() < 0.2:
        b = a + rng.randint(-1, 1)
    base = rng.randint(2, 36)
    x = float(
        rng.choice((a, b)) if rng.random() < 0.3 and abs(a) < 1 << 1000 > abs(b) else random_integer(rng, 900)
    )
    return (
        str(a),
        str(b),
        rng.choice((0, 1, 31, 32, 63, 64, 65, 1000)),
        x,
        base,
        in_base(random_integer(rng, 2000), base),
    )


def in_base(number: int, base: int) -> str:
    """A number in any base."""
    digits = ""
    rest = abs(number)
    while rest:
        rest, digit = divmod(rest, base)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return ("-" if number < 0 else "") + (digits or "0")


def computed(rows: Iterable[tuple[str, str, int, float, int, str]]) -> str:
    """What the program `COMPUTED` prints, by CPython."""
    lines: list[str] = []

    def add(*values: object) -> None:
        lines.append(" ".join(starlark_float(v) if isinstance(v, float) else str(v) for v in values))

    for a_text, b_text, n, x, base, digits in rows:
        a, b = int(a_text), int(b_text)
        add(a + b, a - b, a * b, -a, abs(b), a * a - b * b)
        if b != 0:
            add(a // b, a % b)
        add(a & b, a | b, a ^ b, ~a, a << n, b >> n, (a * b) >> n)
        add(a < b, a <= b, a == b, True, True, min(a, b), max(a, b), 1)
        add("%x" % a, "%X" % b, "%o" % a, "%d" % b, int(digits, base), True)  # noqa: UP031  # what is tested
        add(a < x, x <= b, a == x, a == int(x), int(x))
        if abs(a) < 1 << 1000:
            add(float(a), float(a) / 3)
    return "".join(line + "\n" for line in lines)


class Soak:
    """Runs batches in the ordinary guest."""

    def __init__(self, seed: int) -> None:
        self.runtime = rf.Runtime()
        self.random = random.Random(f"numbers {seed}")

    def output(self, program: str, arguments: object) -> list[str]:
        """The lines that a program prints, given its arguments."""
        printed: list[bytes] = []
        try:
            run_program(
                self.runtime.engine,
                program.encode(),
                "soak.star",
                self.runtime.program_budget(LIMITS),
                [],
                arguments,
                printed.append,
            )
        except RingfenceError as error:
            raise Finding(
                "a batch of numbers fails", f"{error}\nafter {len(b''.join(printed))} bytes"
            ) from error
        return b"".join(printed).decode().splitlines()

    def shortest(self, count: int = BATCH) -> int:
        """Doubles as JSON, printed."""
        values = [random_double(self.random) for _ in range(count)]
        # A double that is whole is not read as an integer because Python writes its point.
        self.compare(self.output(SHORTEST, values), values)
        return count

    def parsed(self, count: int = BATCH) -> int:
        """Decimals as texts, parsed and printed: shortest ones, and those that are hard."""
        texts = [
            hard_decimal(self.random) if self.random.random() < 0.05 else repr(random_double(self.random))
            for _ in range(count)
        ]
        self.compare(self.output(PARSED, texts), [float(text) for text in texts], texts)
        return count

    def formatted(self, count: int = BATCH // 20) -> int:
        """Doubles in the three formats."""
        values = [random_double(self.random) for _ in range(count)]
        for line, value in zip(self.output(FORMATTED, values), values, strict=True):
            expected = "%e %f %g" % (value, value, value)  # noqa: UP031  # what is tested
            if line != expected and not same_formats(line, value):
                raise Finding("a float is formatted wrongly", f"{value!r}: {line} instead of {expected}")
        return count

    def integers(self, count: int = INTEGER_BATCH) -> int:
        """Integer arithmetic."""
        sys.set_int_max_str_digits(MAX_DIGITS)
        rows = [integer_row(self.random) for _ in range(count)]
        expected = computed(rows).splitlines()
        for line, wanted in zip(self.output(COMPUTED, rows), expected, strict=True):
            if line != wanted:
                raise Finding("an integer is computed wrongly", f"{line}\ninstead of\n{wanted}")
        return count

    @staticmethod
    def compare(lines: list[str], values: list[float], texts: list[str] | None = None) -> None:
        """Every line is the shortest text of its value."""
        for place, (line, value) in enumerate(zip(lines, values, strict=True)):
            if line != repr(value) and line != starlark_float(value):
                given = texts[place] if texts else repr(value)
                raise Finding("a float is read or printed wrongly", f"{given}: {line} instead of {value!r}")


def same_formats(line: str, value: float) -> bool:
    """Whether `%g`, the last of the three, is in the rule language's own form: that of `str`."""
    fields = line.split(" ")
    return (
        len(fields) == 3
        and fields[:2] == f"{value:e} {value:f}".split(" ")
        and fields[2] == starlark_float(value)
    )


def run(kind: str, seed: int, seconds: float | None, count: int | None, say: Callable[[str], None]) -> int:
    """Soak numbers of one kind for a while, or until so many have passed; 1 if one fails."""
    soak = Soak(seed)
    batch: Callable[[], int] = getattr(soak, kind)
    began = reported = time.monotonic()
    done = failed = 0
    try:
        while done < count if count is not None else time.monotonic() - began < (seconds or 0):
            done += batch()
            if time.monotonic() - reported >= REPORT_SECONDS:
                reported = time.monotonic()
                say(f"{kind}: {done:,} numbers")
    except Finding as finding:
        failed = 1
        say(f"{kind}: {finding}")
    say(f"{kind}: {done:,} numbers in {time.monotonic() - began:.0f} s")
    return failed
