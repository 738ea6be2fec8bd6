"""Every conformance program, in slices of random length and moved between them: it prints, costs and fails as in one go.

Some go on in another process. `moved.py` runs them.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

import pytest

from ringfence.abi import NO_SLICES
from ringfence.engine import Engine, shared_engine
from ringfence.guest import built_guest
from tests import stress
from tests.conformance.chunks import read_chunks
from tests.conformance.moved import Elsewhere, Running, moved_about
from tests.conformance.test_conformance import HERE, MODES

FILES = sorted(path.stem for path in HERE.glob("*.star"))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return shared_engine(built_guest())


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    process = Elsewhere()
    yield process
    process.close()


@pytest.mark.parametrize("gc_stress", MODES, ids=MODES.get)
@pytest.mark.parametrize("file", FILES)
def test_moving_does_not_show(engine: Engine, elsewhere: Elsewhere, file: str, gc_stress: bool) -> None:
    choose = random.Random(zlib.crc32(file.encode()))
    other_process = None if gc_stress or stress.gc_stress() else elsewhere
    moves = 0
    for chunk in read_chunks(HERE / f"{file}.star"):
        for program in chunk.programs():
            whole = Running.started(engine, program.source, chunk.options, NO_SLICES, stress=gc_stress).end(
                engine
            )
            moved, times = moved_about(
                engine, program.source, chunk.options, whole.fuel, choose, other_process, stress=gc_stress
            )
            assert moved == whole, program.source
            moves += times
    assert moves > 0
