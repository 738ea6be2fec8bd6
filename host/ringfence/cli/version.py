"""`ringfence version`: what exactly would run."""

from __future__ import annotations

import platform

import ringfence
from ringfence.cli.common import usage_errors
from ringfence.guest import built_guest


def version() -> None:
    """Show the versions of ringfence, the guest, wasmtime and Python.

    Example: ringfence version
    """
    from importlib.metadata import version as package_version  # slow: 25 ms that no other command should pay

    with usage_errors():
        digest = built_guest().digest
    print(f"ringfence {ringfence.__version__}")
    print(f"guest     sha256:{digest}")
    print(f"wasmtime  {package_version('wasmtime')}")
    print(f"Python    {platform.python_version()} ({platform.python_implementation()})")
