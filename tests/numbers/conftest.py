"""The guest that the tests of this folder share, and the settings of their generated examples."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.numbers.codec import Codec

# A busy machine is no failure of the guest.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="package")
def codec() -> Codec:
    return Codec()


@pytest.fixture(scope="package")
def stressed() -> Codec:
    """The same guest, collecting at every allocation."""
    return Codec(stress=True)
