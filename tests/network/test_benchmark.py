"""The benchmark of lookups runs, and all of its engines find what trying everything finds."""

from __future__ import annotations

from benchmarks.network import __main__ as benchmark
from benchmarks.network.workload import generate


def test_all_engines_agree_and_are_measured() -> None:
    workload = generate(*benchmark.SMOKE)
    benchmark.check(workload)
    names = [figure.name for figure in benchmark.measure(workload, 1)]
    assert "ringfence: cidr_table.get" in names and "ringfence: route_table.match" in names
