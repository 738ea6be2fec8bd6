"""The guest that the tests of the proofs share."""

from __future__ import annotations

import pytest

from guest.compiler.build import Guest
from tests.compiler.harness import compile_snippet
from tests.compiler.proven_guest import SOURCE


@pytest.fixture(scope="package")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """The small guest, as the compiler makes it: proven."""
    return compile_snippet(tmp_path_factory.mktemp("proofs"), SOURCE)
