"""The fast path into WebAssembly: stores, instances and calls through prepared buffers.

The wasmtime package's `Func.__call__` takes about 20 us and its `Memory.write` 3.6 us; the same calls through buffers
that were prepared once take 0.4 us, and copies through a cached `memoryview` of the linear memory 0.1 us. `instance.py`
is the only user; `tests/host/test_wasm.py` compares this path with the package's own.

Why this is safe:
1. A `Store` owns its native store; every pointer that it hands out lives until `close()`, which drops the view as well.
2. The engine reserves the whole 4 GiB address range of a memory, so that `memory.grow` never moves its base; the view is
   made anew when the memory has grown (`refresh`), and the base is read anew with it.
3. All reads and writes go through a `memoryview` that ends where the memory ends: an offset that the guest made up
   raises or gives a short slice, and never touches memory of the host.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

from wasmtime import Engine, Module, Trap, WasmtimeError
from wasmtime import _ffi as ffi

_Address = ctypes.c_void_p
_UNLIMITED = -1
MAXIMUM_WASM_FUEL = (1 << 63) - 1


def _native(name: str, result: Any, *arguments: Any) -> Any:
    """A private prototype of a function of libwasmtime: the package's own prototypes build pointer objects."""
    function = ffi.dll[name]
    function.restype = result
    if arguments:
        function.argtypes = arguments
    return function


_store_new = _native("wasmtime_store_new", _Address, _Address, _Address, _Address)
_store_delete = _native("wasmtime_store_delete", None, _Address)
_store_context = _native("wasmtime_store_context", _Address, _Address)
_store_limiter = _native("wasmtime_store_limiter", None, _Address, *[ctypes.c_int64] * 5)
_store_on_epoch = _native("wasmtime_store_epoch_deadline_callback", None, *[_Address] * 4)
_set_epoch_deadline = _native("wasmtime_context_set_epoch_deadline", None, _Address, ctypes.c_uint64)
_instance_new = _native(
    "wasmtime_instance_new", _Address, _Address, _Address, _Address, ctypes.c_size_t, _Address, _Address
)
_export_get = _native(
    "wasmtime_instance_export_get",
    ctypes.c_bool,
    _Address,
    _Address,
    ctypes.c_char_p,
    ctypes.c_size_t,
    _Address,
)
_memory_data = _native("wasmtime_memory_data", _Address, _Address, _Address)
_memory_data_size = _native("wasmtime_memory_data_size", ctypes.c_size_t, _Address, _Address)
_memory_grow = _native("wasmtime_memory_grow", _Address, _Address, _Address, ctypes.c_uint64, _Address)
_error_new = _native("wasmtime_error_new", _Address, ctypes.c_char_p)
# These two are on the path of every evaluation: without `argtypes`, ctypes passes prepared objects on as they are.
_set_fuel = _native("wasmtime_context_set_fuel", _Address)
_call_unchecked = _native("wasmtime_func_call_unchecked", _Address)

EpochCallback = ctypes.CFUNCTYPE(
    ctypes.c_size_t, _Address, _Address, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint8)
)
"""What the store calls when its epoch deadline is reached: (context, data, ticks to wait, kind) -> error or 0."""


class GuestTrap(Exception):
    """The guest ended in a trap or in an error of the engine; the store must not be used again."""

    def __init__(self, message: str, out_of_fuel: bool = False) -> None:
        super().__init__(message)
        self.out_of_fuel = out_of_fuel


def new_error(message: str) -> int:
    """A native error for an `EpochCallback` to return: it ends the running call. The engine takes ownership."""
    error: int = _error_new(message.encode())
    return error


def _failure(error: int | None, trap: ctypes.c_void_p) -> GuestTrap:
    """The exception for what a native call reported; takes ownership of both."""
    if error:
        # The text after the backtrace names the cause; functions of the guest mean nothing to the reader.
        text = str(WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))))
        return GuestTrap(text.strip().rpartition("\n")[2].strip())
    pointer = ctypes.cast(trap.value or 0, ctypes.POINTER(ffi.wasm_trap_t))
    trap.value = None
    raised = Trap._from_ptr(pointer)
    code = raised.trap_code
    text = raised.message.strip().rpartition("\n")[2].strip()
    return GuestTrap(text, out_of_fuel=code is not None and code.name == "OUT_OF_FUEL")


class Function:
    """One exported function with at most one i32 parameter and one i32 result, ready to be called.

    Calling it is one Python call more than `values[0] = argument; enter()`, which the hottest caller does itself.
    """

    __slots__ = ("_native", "enter", "trap", "values")

    def __init__(self, context: ctypes.c_void_p, function: Any) -> None:
        self._native = function  # keeps the structure alive that `enter` points to
        self.values = (ctypes.c_uint32 * 4)()
        """The argument, then the result: one `wasmtime_val_raw`, 16 bytes with its i32 first."""
        self.trap = _Address()
        """Set if the call trapped."""
        self.enter = partial(
            _call_unchecked,
            context,
            _Address(ctypes.addressof(function)),
            _Address(ctypes.addressof(self.values)),
            ctypes.c_size_t(1),
            _Address(ctypes.addressof(self.trap)),
        )
        """Make the call; gives an error or None. Releases Python's global lock meanwhile."""

    def __call__(self, argument: int = 0) -> int:
        """Call with `argument` and return the result; raises `GuestTrap`."""
        self.values[0] = argument
        error = self.enter()
        if error or self.trap:
            raise self.failure(error)
        result: int = self.values[0]
        return result

    def failure(self, error: int | None) -> GuestTrap:
        """The exception for a call of `enter` that gave this error, or set `trap`."""
        return _failure(error, self.trap)


class Handle:
    """The address of an engine, a module or a callback, found once: a cast takes as long as a call. Keeps it alive."""

    __slots__ = ("_owner", "address")

    def __init__(self, owner: Engine | Module | Any) -> None:
        self._owner = owner
        pointer = owner.ptr() if isinstance(owner, Engine | Module) else owner
        self.address: int = ctypes.cast(pointer, _Address).value or 0


class Store:
    """A native store with one linear memory and the code that works on it."""

    def __init__(
        self, engine: Handle, image: Handle, code: Handle, memory_bytes: int, on_epoch: Handle, data: int
    ) -> None:
        """Instantiate `image` (it exports `memory`) and `code` (it imports it). `data` is handed to `on_epoch`."""
        self._handles = (engine, image, code, on_epoch)  # must outlive the native store
        self._store: int | None = _store_new(engine.address, None, None)
        context = self._context = _Address(_store_context(self._store))
        _store_limiter(self._store, memory_bytes, _UNLIMITED, _UNLIMITED, _UNLIMITED, _UNLIMITED)
        _store_on_epoch(self._store, on_epoch.address, data, None)
        _set_epoch_deadline(context, 1)
        # Instantiating an image that is too sparse to be mapped copies it, and copying costs fuel.
        self._fuel = ctypes.c_uint64(MAXIMUM_WASM_FUEL)
        _set_fuel(context, self._fuel)
        self._memory_extern = ffi.wasmtime_extern_t()
        self._memory = _Address(ctypes.addressof(self._memory_extern.of.memory))
        self._code = ffi.wasmtime_instance_t()
        try:
            memory_instance = ffi.wasmtime_instance_t()
            self._instantiate(image, None, 0, memory_instance)
            if not _export_get(
                context,
                ctypes.addressof(memory_instance),
                b"memory",
                6,
                ctypes.addressof(self._memory_extern),
            ):
                raise GuestTrap("the image exports no memory")
            self._instantiate(code, ctypes.addressof(self._memory_extern), 1, self._code)
        except GuestTrap:
            self.close()
            raise
        self.view = memoryview(b"")
        self.refresh()

    def _instantiate(self, module: Handle, imports: int | None, count: int, instance: Any) -> None:
        trap = _Address()
        error = _instance_new(
            self._context,
            module.address,
            imports,
            count,
            ctypes.addressof(instance),
            ctypes.addressof(trap),
        )
        if error or trap:
            raise _failure(error, trap)

    def function(self, name: str) -> Function:
        """The exported function `name`."""
        item = ffi.wasmtime_extern_t()
        encoded = name.encode()
        if not _export_get(
            self._context, ctypes.addressof(self._code), encoded, len(encoded), ctypes.addressof(item)
        ):
            raise GuestTrap(f"the guest exports no function {name!r}")
        return Function(self._context, item.of.func)

    def set_fuel(self, fuel: int) -> None:
        """Give the store exactly this much Wasmtime fuel, at most `MAXIMUM_WASM_FUEL`."""
        self._fuel.value = fuel
        _set_fuel(self._context, self._fuel)

    def prepared_fuel(self, fuel: int) -> Callable[[], object]:
        """A call that gives the store this much fuel, without building anything when it is called."""
        return partial(_set_fuel, self._context, ctypes.c_uint64(fuel))

    @property
    def memory_bytes(self) -> int:
        """The present size of the linear memory."""
        size: int = _memory_data_size(self._context, self._memory)
        return size

    def grow(self, pages: int) -> memoryview:
        """Add so many pages to the memory, within the store's limit; raises `GuestTrap` when they are refused. The new view."""
        before = ctypes.c_uint64()
        error = _memory_grow(self._context, self._memory, pages, ctypes.addressof(before))
        if error:
            raise _failure(error, _Address())
        return self.refresh()

    def refresh(self) -> memoryview:
        """Make `view` cover the whole memory again, after it may have grown."""
        size = self.memory_bytes
        if size != len(self.view):
            base = _memory_data(self._context, self._memory)
            self.view = memoryview((ctypes.c_uint8 * size).from_address(base)).cast("B")
        return self.view

    def close(self) -> None:
        """Free the store and its memory. The view becomes empty: nothing may point into freed memory."""
        self.view = memoryview(b"")
        store, self._store = self._store, None
        if store is not None:
            _store_delete(store)

    def __del__(self) -> None:
        if getattr(self, "_store", None) is not None:
            self.close()
