"""The WebAssembly engine: its configuration, and the guest's code compiled for it.

There is one engine for a process and guest; all runtimes share it. Compiled code comes from the disk cache when it can.
`instance.py` builds on it.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from functools import cache

import wasmtime
from wasmtime import Config, Module, WasmtimeError
from wasmtime import _ffi as ffi

from ringfence._wasm import Handle
from ringfence.abi import Variables
from ringfence.cache import CodeCache, cache_directory
from ringfence.guest import Guest
from ringfence.image import Image, compiled, encode
from ringfence.limits import GIBIBYTE, KIBIBYTE
from ringfence.ticker import TICKER

MAXIMUM_WASM_STACK = 256 * KIBIBYTE
"""The guest is stackless, so it needs little; a runaway recursion in the guest itself ends here."""

MEMORY_RESERVATION = 4 * GIBIBYTE
"""All that 32-bit addresses reach: with it a memory never moves, and bounds checks cost nothing."""


def _configuration(*, parallel: bool = False) -> Config:
    config = Config()
    # The threads that compile in parallel do not live on in a forked process, which would wait for them for ever. Only the
    # guest's code has functions to compile; images, which are made whenever a bundle loads, have none.
    config.parallel_compilation = parallel
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


KEY_DIGITS = 32
CONFIGURATION_VERSION = 1
"""Part of the cache key: change it with `_configuration`. (Wasmtime itself refuses code of another configuration.)"""


class Engine:
    """An engine, with the guest's code and its base image compiled for it."""

    def __init__(self, guest: Guest, code_cache: CodeCache) -> None:
        self.guest = guest
        self.variables = Variables.of(guest.layout)
        self.native = wasmtime.Engine(_configuration())
        self._cache = code_cache
        TICKER.add_engine(self.native)
        self.handle = Handle(self.native)
        self.code = Handle(self._cached("code", self._compiled_code))
        self.base = Image(Handle(self._cached("base", self._compiled_base)), guest.base_pages)
        """What every load and every program starts from: the guest with its built-ins, and no rules."""

    def _compiled_code(self) -> Module:
        parallel = wasmtime.Engine(_configuration(parallel=True))
        return Module.deserialize(self.native, Module(parallel, self.guest.read_code()).serialize())

    def _compiled_base(self) -> Module:
        return compiled(self.native, encode(memoryview(self.guest.read_base_image())))

    def _cached(self, what: str, compile_it: Callable[[], Module]) -> Module:
        """A module from the disk cache, mapped from its file; compiled and stored there if it is not."""
        # The library's file stands for its version: asking the package's metadata takes 25 ms, a tenth of a start.
        library = ffi.filename.stat()
        parts = (
            what,
            self.guest.digest,
            library.st_size,
            library.st_mtime_ns,
            CONFIGURATION_VERSION,
            platform.machine(),
        )
        key = hashlib.sha256(repr(parts).encode()).hexdigest()[:KEY_DIGITS]
        path = self._cache.find(key)
        if path is not None:
            try:
                return Module.deserialize_file(self.native, str(path))
            except WasmtimeError:
                # Another build of wasmtime or another processor under the same key.
                self._cache.remove(path)
        module = compile_it()
        self._cache.write(key, bytes(module.serialize()))
        return module


@cache
def shared_engine(guest: Guest) -> Engine:
    """The engine of this process for `guest`."""
    return Engine(guest, CodeCache(cache_directory()))
