"""`python -m guest.compiler`: check guest modules, or print the text that they compile to."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from guest.compiler.build import compile_guest
from guest.compiler.errors import GuestErrors


def main() -> int:
    """Check the whole guest, or the given files and what they import; print every refusal."""
    parser = argparse.ArgumentParser(prog="python -m guest.compiler", description=main.__doc__)
    parser.add_argument("--check", nargs="*", metavar="FILE", help="guest files to check (default: all)")
    parser.add_argument("--emit", action="store_true", help="print the WebAssembly text")
    parser.add_argument("--debug", action="store_true", help="compile the debug guest")
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    names = [
        str(Path(f).resolve().relative_to(root).with_suffix("")).replace("/", ".")
        for f in options.check or []
    ]
    try:
        guest = compile_guest(root, debug=options.debug, only=names or None)
    except GuestErrors as errors:
        print(errors, file=sys.stderr)
        return 1
    if options.emit:
        print(guest.text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
