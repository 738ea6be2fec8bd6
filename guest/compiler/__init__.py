"""The Guest Python compiler: typed Python modules in, one WebAssembly module out.

It runs at build time only and relies on nothing but the standard library; `build` is what the package's build hook calls.
"""
