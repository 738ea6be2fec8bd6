"""The WebAssembly engine: its configuration, and the guest's code compiled for it.

There is one engine for a process and guest; all runtimes share it. Compiled code comes from the disk cache when it can.
`isolate.py` builds on it.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache

import wasmtime
from wasmtime import Config, Module, WasmtimeError
from wasmtime import _ffi as ffi

from ringfence.abi import Variables
from ringfence.cache import CodeCache, cache_directory
from ringfence.guest import Guest
from ringfence.image import Image, encode
from ringfence.limits import GIBIBYTE, KIBIBYTE
from ringfence.ticker import TICKER

MAXIMUM_WASM_STACK = 256 * KIBIBYTE
"""The guest is stackless, so it needs little; a runaway recursion in the guest itself ends here."""

MEMORY_RESERVATION = 4 * GIBIBYTE
"""All that 32-bit addresses reach: with it a memory never moves, and bounds checks cost nothing."""


def _configuration() -> Config:
    config = Config()
    config.cranelift_opt_level = "speed"
    config.consume_fuel = True
    config.epoch_interruption = True
    config.max_wasm_stack = MAXIMUM_WASM_STACK
    config.wasm_simd = True
    config.wasm_exceptions = True
    config.wasm_wide_arithmetic = True
    config.memory_reservation = MEMORY_RESERVATION
    config.memory_may_move = False
    config.memory_init_cow = True
    # Nothing of these is used by the guest; what is off cannot be attacked.
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.wasm_multi_memory = False
    config.wasm_relaxed_simd = False
    return config


CONFIGURATION_VERSION = 1
"""Part of the cache key: change it with `_configuration`. (Wasmtime itself refuses code of another configuration.)"""


class Engine:
    """An engine, and the guest's code compiled for it."""

    def __init__(self, guest: Guest, code_cache: CodeCache) -> None:
        self.guest = guest
        self.variables = Variables.of(guest.layout)
        self.native = wasmtime.Engine(_configuration())
        TICKER.add_engine(self.native)
        self.code = self._compiled(code_cache)
        self.base = Image(self.native, encode(memoryview(guest.base_image)), len(guest.base_image))
        """What every load and every program starts from: the guest with its built-ins, and no rules."""

    def _compiled(self, code_cache: CodeCache) -> Module:
        name = f"{self._cache_key()}.code"
        cached = code_cache.read(name)
        if cached is not None:
            try:
                return Module.deserialize(self.native, cached)
            except WasmtimeError:
                # Another build of wasmtime or another processor under the same version.
                code_cache.remove(name)
        module = Module(self.native, self.guest.code)
        code_cache.write(name, bytes(module.serialize()))
        return module

    def _cache_key(self) -> str:
        # The library's file stands for its version: asking the package's metadata takes 25 ms, a tenth of a start.
        library = ffi.filename.stat()
        parts = (
            self.guest.digest,
            library.st_size,
            library.st_mtime_ns,
            CONFIGURATION_VERSION,
            platform.machine(),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()


@cache
def shared_engine(guest: Guest) -> Engine:
    """The engine of this process for `guest`."""
    return Engine(guest, CodeCache(cache_directory()))
