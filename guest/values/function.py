"""What a call needs: modules, compiled code, functions and their cells, built-ins and their signatures.

Relies on the other values only. The emitter builds these objects, the interpreter runs them, and the boundary reads
positions and names from them for tracebacks. Everything here is frozen when its bundle has loaded.
"""

from __future__ import annotations

from guest.compiler.language import Array, Object, Value, u8, u32, u64
from guest.values.dict import Dict
from guest.values.list import List
from guest.values.text import Str
from guest.values.tuple import Tuple

# Flags of Code and Signature.
VARARGS = 1  # has *args
KWARGS = 2  # has **kwargs
RECURSIVE_OK = 4  # may be active twice (the option `recursion`, and code of the prelude)
SIMPLE = 8  # only positional parameters: no *args, no **kwargs, no keyword-only ones
PRELUDE = 16  # a built-in that is written in the rule language (guest/prelude)
EXACT = 32  # a wrong number of arguments is worded "want exactly", as starlark-go's conversions word it

# A position in a source file is one word, `line << COLUMN_BITS | column`, with the column capped.
COLUMN_BITS = 12
MAX_COLUMN = 4095

# Words of an entry of `Locals.known` and of `Locals.inner`, and a flag of the latter.
QUADRUPLE = 4
TRIPLE = 3
IN_CELL = 256


class Module(Object):
    """One source file. `slots` (born old) holds the globals first, then the constants of all its code."""

    path: Str
    slots: Array[Value]
    names: Array[Value]  # the names of the global slots, by slot
    globals: u32  # the number of global slots
    exports: Dict  # name -> value of every global that `load` may name; filled when the module has run
    options: u32
    toplevel: Code | None
    loads: List  # for each `load` statement: the path (Str), then its position (int)
    source: Array[u8]  # the text, for the source lines of diagnostics
    source_length: u32


class Code(Object):
    """The compiled body of a function, lambda or module."""

    words: Array[u32]  # born old: raw addresses into it stay valid
    module: Module
    name: Str
    parameters: Tuple  # names: positional, keyword-only, then the names of *args and **kwargs
    positional: u32
    keyword_only: u32
    optional: u32  # positional parameters that have defaults; they come last
    flags: u32
    registers: u32  # frame size, scratch registers included
    cells: u32  # number of captured cells
    positions: Array[u32]  # pairs (word offset, position), sorted by offset
    position: u32  # of the declaration
    active: u32  # how many frames run this code
    locals: Locals | None  # None: its variables are the parameters, and always have their values


class Locals(Object):
    """Which variables a code has, and where they have values: for those who look at a frame, not for running it.

    A register that is not `cleared` may hold anything until `known` says that its variable is assigned.
    """

    names: Tuple  # of all its local variables by register, parameters included; of its cells; of its inner variables
    cleared: u64  # the registers that are undefined, or cells, until they are assigned: a bit each
    # Quadruples by offset: from this word on these registers, 64 bits in two words, are surely assigned; but this one, if
    # it is any, holds an intermediate result of the expression that is about to be assigned to it.
    known: Array[u32]
    # Triples of the variables of comprehensions, outer ones first: register (with IN_CELL, that of its cell), first word in
    # which it lives, and the word behind the last.
    inner: Array[u32]


class Function(Object):
    """A function of the rule language: code with its defaults and captured variables."""

    identity: u32
    code: Code
    defaults: (
        Tuple  # of the optional positional parameters, then of the keyword-only ones (undefined: required)
    )
    cells: Tuple


class Cell(Object):
    """A variable that an inner function captures."""

    value: Value


class Signature(Object):
    """The parameters of a built-in, parsed once from the text that it was registered with."""

    parameters: Tuple  # names
    required: u32  # parameters that must be given; they come first
    positional: u32  # parameters that may be given by position
    flags: u32


class HostFunction(Object):
    """A function of the host that a bundle has declared: the receiver of the built-in by which rules call it."""

    number: u32  # in order of declaration
    name: Str
    parameters: u32


class Builtin(Object):
    """A built-in function, or a method bound to its receiver."""

    number: u32  # in the build-time table of built-ins
    name: Str
    receiver: Value  # undefined for a function
    signature: Signature
