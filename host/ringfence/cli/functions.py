"""`--functions FILE.py`: functions of the host for commands, from a Python file of the user's own.

The file is trusted, unlike the bundle: it is run with all rights that the user has. Commands that decide events use this.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.cli.common import fail
from ringfence.functions import HostFunction

FunctionsOption = Annotated[
    Path | None,
    typer.Option(
        "--functions",
        metavar="FILE.py",
        help="Python code of yours, which is run and trusted: its functions are those that the bundle may ask for in "
        "[functions], by their names.",
    ),
]
"""The option, for the signature of a command."""

MODULE_NAME = "ringfence_functions"


def provided_functions(path: Path | None) -> dict[str, Any]:
    """The public functions of the file, by name; wrong usage ends the command if it cannot be run."""
    if path is None:
        return {}
    if not path.exists():
        fail(f"--functions {str(path)!r} does not exist; give a .py file that defines the functions")
    if path.suffix != ".py" or not path.is_file():
        fail(f"--functions {str(path)!r} is no Python file; give a .py file that defines the functions")
    specification = importlib.util.spec_from_file_location(MODULE_NAME, path)
    if specification is None or specification.loader is None:
        fail(f"--functions {str(path)!r} cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(specification)
    sys.modules[MODULE_NAME] = module
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as failure:
        fail(
            f"--functions {str(path)!r} fails when it is run: {type(failure).__name__}: {failure}; correct it: "
            f"`python {path}` shows where it fails"
        )
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and (isinstance(value, HostFunction) or callable(value))
    }
