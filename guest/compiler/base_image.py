"""The last step of the build: run the guest's `boot` once, and keep its memory as the image that every isolate starts from.

    python -m guest.compiler.base_image --output FOLDER [--debug] [--gc-stress]

`build_guest` writes what the host needs: `guest.wasm`, `base.image` and `layout.json` (with the digests of both). The same
sources give the same bytes. The package's build hook and the host (in a checkout whose guest is stale) call this; it
relies on `build.py` and wasmtime.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler.build import build
from guest.compiler.errors import GuestErrors

PAGE_BYTES = 64 * 1024
MAXIMUM_PAGES = 65_536
CODE, IMAGE, LAYOUT, STATIC = "guest.wasm", "base.image", "layout.json", "static.bin"
PRELUDE_FOLDER = "prelude"
INITIAL_PAGES = "guest.heap.layout.INITIAL_PAGES"

STRESS = {"guest.heap.allocate.gc_stress": 1, "guest.heap.allocate.limit": 0}
"""The variables of a guest that collects at every allocation."""

STRESS_PATIENCE = 100
"""How much slower such a guest may be, with the heap walker (`guest/heap/verify.py`)."""


def build_guest(
    root: Path,
    out: Path,
    *,
    debug: bool = False,
    coverage: bool = False,
    gc_stress: bool = False,
    extra: dict[str, Path] | None = None,
) -> list[Path]:
    """Build the guest whose sources are below `root` into the folder `out`; gives the paths that the host needs.

    `debug`, `coverage` and `extra` are those of `compile_guest`; isolates of a `gc_stress` guest collect at every allocation.
    The image appears last and each file at once: whoever finds it finds a whole guest.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".building-") as folder:
        work = Path(folder)
        build(root, work, debug=debug, coverage=coverage, extra=extra)
        layout = json.loads((work / LAYOUT).read_text(encoding="utf-8"))
        image = boot(
            (work / CODE).read_bytes(),
            (work / STATIC).read_bytes(),
            layout["constants"][INITIAL_PAGES],
            prelude_files(root),
        )
        if gc_stress:
            for name, worth in STRESS.items():
                struct.pack_into("<I", image, layout["variables"][name]["address"], worth)
            layout["patience"] = STRESS_PATIENCE
        (work / IMAGE).write_bytes(image)
        layout["base_pages"] = len(image) // PAGE_BYTES
        layout["digests"] = {
            name: hashlib.sha256((work / name).read_bytes()).hexdigest() for name in (CODE, IMAGE)
        }
        (work / LAYOUT).write_text(json.dumps(layout, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        for name in (CODE, LAYOUT, IMAGE):
            os.replace(work / name, out / name)
    return [out / name for name in (CODE, LAYOUT, IMAGE)]


def prelude_files(root: Path) -> dict[str, bytes]:
    """The built-ins that are written in the rule language, by name."""
    folder = root / "guest" / PRELUDE_FOLDER
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.star"))}


def encode_files(files: dict[str, bytes]) -> bytes:
    """The input of `boot`: a count, then for each file the lengths of its name and its content, and both."""
    parts = [struct.pack("<I", len(files))]
    for name, content in files.items():
        encoded = name.encode()
        parts += (struct.pack("<II", len(encoded), len(content)), encoded, content)
    return b"".join(parts)


def boot(code: bytes, static: bytes, pages: int, prelude: dict[str, bytes]) -> bytearray:
    """The memory of a guest that has booted with this prelude."""
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.wasm_simd = True
    config.wasm_wide_arithmetic = True
    store = wasmtime.Store(wasmtime.Engine(config))
    memory = wasmtime.Memory(store, wasmtime.MemoryType(wasmtime.Limits(pages, MAXIMUM_PAGES)))
    memory.write(store, static, 0)
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, code), [memory]).exports(store)
    files = encode_files(prelude)
    address = _call(store, exports["reserve"], len(files))
    if address == 0:
        raise RuntimeError("the guest has no room for its prelude")
    memory.write(store, files, address)
    _call(store, exports["boot"], len(files))
    return memory.read(store)


def _call(store: wasmtime.Store, function: Any, argument: int) -> Any:
    return function(store, argument)


def main() -> int:
    """Build the guest of this checkout; errors of its sources are shown as they are."""
    parser = argparse.ArgumentParser(prog="build_guest", description=main.__doc__)
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", required=True, help="where the built files go"
    )
    parser.add_argument("--debug", action="store_true", help="build the guest with its internal checks")
    parser.add_argument("--coverage", action="store_true", help="count where control goes, for the fuzzer")
    parser.add_argument(
        "--gc-stress", action="store_true", help="collect at every allocation, in every isolate (slow)"
    )
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    try:
        built = build_guest(
            root,
            options.output,
            debug=options.debug,
            coverage=options.coverage,
            gc_stress=options.gc_stress,
        )
        for path in built:
            print(f"{path}: {path.stat().st_size} bytes")
    except (GuestErrors, RuntimeError, wasmtime.WasmtimeError, wasmtime.Trap) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
