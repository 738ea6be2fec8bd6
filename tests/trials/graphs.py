"""Random scripts of the graphs guest, by the million: what the model reaches, the guest reaches.

The same guest, scripts and model as in `tests/heap`, with all that the collector does in them; pieces of a script run at a time, and
between two pieces the whole memory moves to a fresh instance now and then.
"""

from __future__ import annotations

import random
from collections import Counter

from tests.heap.harness import Machine
from tests.heap.model import Model
from tests.heap.test_graphs import random_script, run

SCRIPT = 4000  # instructions
LONGEST_PIECE = 400
MOVES = 0.2  # of the places between two pieces
STRESSED = 0.3  # of the scripts collect at every allocation


def try_seed(seed: int) -> Counter[str]:
    """Run the script of a seed, comparing after each piece; what was done how often. Raises `AssertionError`."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    machine = Machine("graphs")
    base = machine.call("boot")
    stressed = rng.random() < STRESSED
    if stressed:
        machine.stress()
        counts["stressed scripts"] += 1
    reference = Model()
    script = random_script(rng, SCRIPT, large=not stressed and rng.random() < 0.5, freeze=rng.random() < 0.5)
    while script:
        length = rng.randint(1, LONGEST_PIECE)
        piece, script = script[:length], script[length:]
        run(machine, base, reference, piece)
        counts["instructions"] += len(piece)
        counts["comparisons"] += 1
        if rng.random() < MOVES:
            machine = machine.moved()
            counts["moves"] += 1
    return counts
