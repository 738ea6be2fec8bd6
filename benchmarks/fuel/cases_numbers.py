"""Cases of numbers: arithmetic at every size of operand, and numbers as text."""

from __future__ import annotations

from .case import Case

BINARY = ["+", "-", "*", "//", "%", "&", "|", "^", "/", "<", "=="]
SMALL = {
    "small": "x, y = 123456, 789",
    "long": "x, y = 1 << 61, (1 << 55) + 12345",
    "negative": "x, y = -(1 << 61), 7",
}
FLOATS = {
    "ordinary": "x, y = 1234.5, -0.25",
    "far apart": "x, y = 1.7976931348623157e308, 5e-324",
    "odd": "x, y = 1e308, 3.0000000000000004",
}
# Floats that are hard to print or to read: near the middle of two neighbours, very small, very large.
HARD_FLOATS = [
    "5e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "9007199254740993.0",
    "1e23",
    "8.41e21",
    "0.1",
]
FLOAT_TEXTS = {
    "zeros": '"0" * N',
    "digits": '"7" * N',
    "fraction": '"0." + "7" * N',
    "halfway": '"9007199254740993" + "0" * N + "1e-" + str(N + 1)',
    "tiny halfway": '"2.4703282292062327208" + "0" * N + "e-324"',
    "long exponent": '"1e" + "0" * N + "1"',
    "no number": '"7" * N + "x"',
}

# Integers of N bits.
LARGE = "x = (1 << min(N, 100000)) // 3 + 1\nfor _ in range(N // 100000):\n    x = (x << 100000) + 12345\n"
BIG = {
    "both large": LARGE + "y = x + 12345",
    "large and small": LARGE + "y = 7",
    "large and half": LARGE
    + "y = x >> min(N // 2, 100000)\nfor _ in range(N // 200001):\n    y = y >> 100000\ny += 1",
    "large and negative": LARGE + "y = -(x // 3 + 1)",
}

CASES = [
    *(
        Case(f"int {operator} int", shape, f"x {operator} y", setup, largest=1)
        for operator in BINARY
        for shape, setup in SMALL.items()
        if shape == "small" or operator != "*"
    ),
    *(
        Case(f"float {operator} float", shape, f"x {operator} y", setup, largest=1)
        for operator in ["+", "-", "*", "/", "//", "%", "<", "=="]
        for shape, setup in FLOATS.items()
    ),
    *(
        Case(f"int {operator} float", "", f"(1 << 61) {operator} 0.3", largest=1)
        for operator in ["+", "%", "<", "==", "/"]
    ),
    Case("int << int", "", "x << 3", "x = 12345", largest=1),
    Case("int >> int", "", "x >> 3", "x = 1 << 60", largest=1),
    Case("int >> int", "far", "x >> N", "x = 1 << 60", largest=64),
    *(
        Case(f"{operator}int", "", f"{operator}x", "x = 12345", largest=1)
        for operator in ["-", "+", "~", "not "]
    ),
    *(Case(f"{operator}float", "", f"{operator}x", "x = 1.5", largest=1) for operator in ["-", "+", "not "]),
    Case("abs()", "int", "abs(-5)", largest=1),
    Case("abs()", "float", "abs(-5.5)", largest=1),
    Case("chr()", "", "chr(N)", largest=1 << 20),
    Case("hash()", "int", 'hash("a")', largest=1),
    *(
        Case("float()", shape, "float(t)", f"t = {text}")
        for shape, text in FLOAT_TEXTS.items()
        if shape not in ("no number", "digits", "zeros")
    ),
    Case("float()", "zeros", "float(t)", 't = "0" * N'),
    Case("float()", "digits", "float(t)", 't = "7" * N', ends="too large"),
    Case("float()", "no number", "float(t)", 't = "7" * N + "x"', ends="invalid"),
    *(
        Case(f"{name}()", f"float {x}", f"{name}(x)", f"x = {x}", largest=1)
        for name in ["str", "repr", "int", "float", "bool"]
        for x in HARD_FLOATS
        if name != "int" or "e" not in x
    ),
    *(
        Case("str %", f"{conversion} of {x}", f'"{conversion}" % x', f"x = {x}", largest=1)
        for conversion in ["%e", "%f", "%g"]
        for x in HARD_FLOATS
    ),
    Case("repr()", "hard floats", "repr(t)", f"t = [{', '.join(HARD_FLOATS)}] * N"),
    Case("repr()", "random floats", "repr(t)", "t = [1.0 / (i + 3) for i in range(N)]"),
    Case("str()", "ints", "str(t)", "t = [i * 7919 for i in range(N)]"),
    Case("int()", "leading zeros", "int(t)", 't = "0" * N + "7"'),
    Case("int()", "leading zeros, base 2", "int(t, 2)", 't = "0" * N + "1"'),
    Case("int()", "no number", "int(t)", 't = "7" * 18 + "x" * N', ends="invalid literal"),
    Case("int()", "digits", "int(t)", 't = "7" * (N % 18 + 1)', largest=64),
    Case("bool()", "int", "bool(N)"),
    # Integers of N digits in base 2.
    *(
        Case(f"int {operator} int", shape, f"x {operator} y", setup)
        for operator in BINARY
        for shape, setup in BIG.items()
        if operator != "/"
    ),
    Case("int << int", "by 100,000", "x << 100000", "x = 1 << min(N, 100000)"),
    Case("int >> int", "by half", "x >> N // 2", "x = (1 << min(N, 100000)) + 1", largest=1 << 18),
    *(
        Case(f"{operator}int", "big", f"{operator}x", BIG["large and small"])
        for operator in ["-", "~", "+", "not "]
    ),
    *(
        Case(f"{name}()", f"big int, {shape}", f"{name}(x)", setup)
        for name in ["str", "repr", "abs", "int", "bool"]
        for shape, setup in BIG.items()
    ),
    Case("float()", "big int", "float(x)", "x = (1 << min(N, 1020)) + 1"),
    *(Case("str %", f"%{letter} of a big int", f'"%{letter}" % x', BIG["both large"]) for letter in "dxo"),
    *(
        Case("int()", f"digits in base {base}", f"int(t, {base})", f't = "{digit}" * N')
        for base, digit in [(10, "7"), (16, "f"), (2, "1"), (36, "z")]
    ),
    Case("dict display", "big int as a key", "{x: 1}", BIG["both large"]),
    Case("int == float", "big", "x == 1e300", BIG["both large"]),
    Case("int < float", "big", "x < 1e300", BIG["both large"]),
    Case("str()", "int", "str(N)"),
    Case("float()", "int", "float(N)"),
    Case("range()", "", "range(N)"),
    Case("range()", "steps", "range(0, N, 7)"),
]
