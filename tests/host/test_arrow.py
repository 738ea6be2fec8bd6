"""Arrow tables and Parquet files: how every type becomes JSON, what has none, and that files are streamed in order."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.ruleset import RuleSet

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from ringfence.arrow.rendering import render_rows  # noqa: E402  # needs pyarrow

ECHO = "def decide(event):\n    return event\n"
RULES = """
rule("large", when = lambda e: e.n > 5, then = lambda e: {"n": e.n, "text": str(e.n)})
rule("odd", when = lambda e: e.n % 2 == 1, then = {"n": 1})
rule("broken", when = lambda e: e.n == 4, then = lambda e: fail("four"))
"""


@pytest.fixture(scope="module")
def echo() -> Iterator[RuleSet]:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": ECHO})) as rules:
        yield rules


@pytest.fixture(scope="module")
def rules() -> Iterator[RuleSet]:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": RULES})) as rules:
        yield rules


UTC = dt.UTC
INT64 = 2**63 - 1

CONVERSIONS: list[tuple[Any, list[Any], str]] = [
    (pa.null(), [None], "[null]"),
    (pa.bool_(), [True, None], "[true, null]"),
    (pa.int8(), [-128, 127], "[-128, 127]"),
    (pa.int64(), [INT64, -INT64 - 1, 2**53 + 1, None], f"[{INT64}, {-INT64 - 1}, {2**53 + 1}, null]"),
    (pa.uint64(), [2**64 - 1], f"[{2**64 - 1}]"),
    (pa.float64(), [1.0, 0.1, -0.0, 1e300, 5e-324, None], "[1.0, 0.1, -0.0, 1e+300, 5e-324, null]"),
    (pa.float32(), [0.5, 0.1], "[0.5, 0.10000000149011612]"),
    (pa.float16(), [1.5], "[1.5]"),
    (pa.decimal128(10, 2), [Decimal("12.50"), Decimal("-0.01"), None], '["12.50", "-0.01", null]'),
    (pa.decimal256(60, 0), [Decimal(10**50)], f'["{10**50}"]'),
    (pa.string(), ["plain", "é\U0001f600", "", None], '["plain", "é\U0001f600", "", null]'),
    (pa.string(), ['"', "\\", "\n", "\x00", "\x1f", "a\u2028b", "x"], json.dumps(['"', "\\", "\n", "\x00", "\x1f", "a\u2028b", "x"])),
    (pa.large_string(), ["x"], '["x"]'),
    (pa.string_view(), ["x", None], '["x", null]'),
    (pa.binary(), [b"\x00\xff", b"", None], '["AP8=", "", null]'),
    (pa.binary(2), [b"ab", None], '["YWI=", null]'),
    (pa.date32(), [dt.date(2026, 1, 31), None], '["2026-01-31", null]'),
    (pa.date64(), [dt.date(1969, 12, 31)], '["1969-12-31"]'),
    (pa.time32("s"), [dt.time(9, 0, 5)], '["09:00:05"]'),
    (pa.time64("us"), [dt.time(9, 0, 0, 123)], '["09:00:00.000123"]'),
    (pa.timestamp("s"), [dt.datetime(2026, 1, 31, 9)], '["2026-01-31T09:00:00"]'),
    (pa.timestamp("ns", "UTC"), [1_700_000_000_123_456_789], '["2023-11-14T22:13:20.123456789Z"]'),
    (pa.timestamp("ms", "America/New_York"), [dt.datetime(2026, 1, 31, 9, tzinfo=UTC)], '["2026-01-31T09:00:00.000Z"]'),
    (pa.duration("ms"), [dt.timedelta(seconds=2), None], "[2000, null]"),
    (pa.list_(pa.int64()), [[1, None], [], None, [2]], "[[1, null], [], null, [2]]"),
    (pa.large_list(pa.string()), [["a"], None], '[["a"], null]'),
    (pa.list_(pa.int8(), 2), [[1, 2], None, [3, 4]], "[[1, 2], null, [3, 4]]"),
    (pa.list_view(pa.int8()), [[1], None, [2, 3]], "[[1], null, [2, 3]]"),
    (pa.list_(pa.list_(pa.float64())), [[[1.0], None, []], None], "[[[1.0], null, []], null]"),
    (pa.struct([("a", pa.int64()), ('"%s', pa.list_(pa.string()))]), [{"a": 1, '"%s': ["x"]}, None, {}], '[{"a": 1, "\\"%s": ["x"]}, null, {"a": null, "\\"%s": null}]'),
    (pa.struct([]), [{}, None], "[{}, null]"),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1), ('"', None)], [], None], '[{"a": 1, "\\"": null}, {}, null]'),
    (pa.map_(pa.int64(), pa.string()), [[(1, "a")], None], '[[[1, "a"]], null]'),
    (pa.dictionary(pa.int8(), pa.string()), ["x", "y", None, "x"], '["x", "y", null, "x"]'),
    (pa.dictionary(pa.int8(), pa.int64()), [INT64, None], f"[{INT64}, null]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values", "expected"), CONVERSIONS, ids=[str(row[0]) for row in CONVERSIONS]
)
def test_each_type_becomes_json_exactly(echo: RuleSet, kind: Any, values: list[Any], expected: str) -> None:
    column = pa.array(values, kind)
    # In a table of two chunks whose arrays begin in the middle of their buffers, and beside another column.
    table = pa.table({"c": pa.chunked_array([pa.concat_arrays([column, column])[len(column) :], column[:1]])})
    table = table.append_column("n", pa.array(range(len(table))))
    decided = echo.evaluate_table(table, workers=1)
    assert decided["error_message"].to_pylist() == [None] * len(table)
    events = [json.loads(text) for text in decided["decision"].to_pylist()]
    wanted = json.loads(expected)
    assert [event["c"] for event in events] == [*wanted, wanted[0]]
    assert [type(event["c"]) for event in events] == [type(value) for value in [*wanted, wanted[0]]]
    assert [event["n"] for event in events] == list(range(len(table)))


def unions() -> Any:
    return pa.UnionArray.from_dense(
        pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 2]), pa.array(["x"])]
    )


@pytest.mark.parametrize(
    ("column", "bad", "says"),
    [
        (pa.array([1.5, float("nan"), 2.5]), [1], r"the column 'c' holds nan \(double\), which has no JSON"),
        (pa.array([float("inf"), 1.5, float("-inf")]), [0, 2], "holds -?inf"),
        (pa.array([[1.0], [float("nan")], None]), [1], r"holds \[nan\] \(list<.*double>\)"),
        (pa.array([{"x": float("nan")}, None, {"x": 1.0}]), [0], "holds {'x': nan}"),
        (pa.array([float("nan"), 1.0, float("nan")]).dictionary_encode(), [0, 2], "holds nan"),
        (pa.array([1, 10**13, 2], pa.timestamp("s")), [1], r"timestamp\[s\]"),
        (
            pa.array([(1, 2, 3), None, (0, 0, 1)], pa.month_day_nano_interval()),
            [0, 2],
            "month_day_nano_interval",
        ),
        (unions(), [0, 1, 2], "dense_union"),
        (pa.array([b"\xff", b"x", b"y"]).view(pa.string()), [0], "UTF-8"),
        (pa.array([b"\xff\n", b"x\n", b"y"]).view(pa.string()), [0], "UTF-8"),
    ],
    ids=str,
)
def test_what_has_no_json_is_an_input_error_in_its_place(
    echo: RuleSet, column: Any, bad: list[int], says: str
) -> None:
    decided = echo.evaluate_table(pa.table({"n": pa.array([0, 1, 2]), "c": column}), workers=1)
    kinds = ["input" if row in bad else None for row in range(3)]
    assert decided["error_kind"].to_pylist() == kinds
    for row in range(3):
        if row in bad:
            assert re.search(says, decided["error_message"][row].as_py())
        else:
            assert json.loads(decided["decision"][row].as_py())["n"] == row


def test_a_row_that_is_too_large_is_an_input_error(echo: RuleSet) -> None:
    table = pa.table({"text": ["a", "x" * (4 << 20), "b"]})
    decided = echo.evaluate_table(table)
    assert decided["error_kind"].to_pylist() == [None, "input", None]
    assert "larger than 4194304 bytes" in decided["error_message"][1].as_py()


def test_rows_are_rendered_as_json_lines() -> None:
    batch = pa.record_batch({"a": [1, None], "b": ["x", 'y"']})
    assert render_rows(batch).to_pylist() == ['{"a":1,"b":"x"}\n', '{"a":null,"b":"y\\""}\n']
    assert render_rows(pa.record_batch({"a": pa.array([], pa.int64())})).to_pylist() == []


@pytest.mark.parametrize("workers", [1, 3])
def test_a_table_of_decisions_says_what_evaluate_says(rules: RuleSet, workers: int) -> None:
    table = pa.table({"n": [number % 9 for number in range(10_000)]})
    decided = rules.evaluate_table(table, workers=workers)
    assert decided.column_names == [
        "decision",
        "rule",
        "fuel",
        "error_kind",
        "error_message",
        "error_location",
    ]
    expected = list(rules.evaluate_batch(table.to_pylist(), workers=1))
    for row, decision in zip(decided.to_pylist(), expected, strict=True):
        error = decision.error
        if error is None:
            assert row["error_kind"] is row["error_message"] is row["error_location"] is None
            assert json.loads(row["decision"]) == decision.decision
        else:
            assert (row["error_kind"], row["error_message"], row["error_location"]) == (
                error.kind, error.message, error.location,
            )  # fmt: skip
            assert row["decision"] is None
        assert (row["rule"], row["fuel"]) == (decision.rule, decision.fuel)


def test_decisions_may_have_a_type(rules: RuleSet) -> None:
    kind = pa.struct([("n", pa.int64()), ("text", pa.string())])
    table = pa.table({"n": [7, 1, 2, 4]})
    decided = rules.evaluate_table(table, decisions=kind)
    assert decided["decision"].type == kind
    assert decided["decision"].to_pylist() == [{"n": 7, "text": "7"}, {"n": 1, "text": None}, None, None]
    with pytest.raises(rf.TableError, match=r"the decision .* is not of the type bool"):
        rules.evaluate_table(table, decisions=pa.bool_())


def test_several_rules_are_a_list() -> None:
    bundle = rf.Bundle.from_sources({"main.star": RULES}, hit_policy="collect")
    with rf.Runtime().load(bundle) as rules:
        decided = rules.evaluate_table(pa.table({"n": [7, 2, 4]}))
    assert decided["rule"].to_pylist() == [["large", "odd"], [], ["broken"]]
    assert [json.loads(text) if text else None for text in decided["decision"].to_pylist()] == [
        [{"n": 7, "text": "7"}, {"n": 1}], [], None,
    ]  # fmt: skip


def test_record_batches_are_streamed(rules: RuleSet) -> None:
    taken = 0

    def endless() -> Iterator[Any]:
        nonlocal taken
        while True:
            taken += 1
            yield pa.record_batch({"n": list(range(5000))})

    batches = rules.evaluate_record_batches(endless(), workers=2)
    rows = 0
    while rows < 50_000:
        rows += next(batches).num_rows
    assert taken <= 10 + 8


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".feather"])
@pytest.mark.parametrize("workers", [1, 2])
def test_files_are_decided_in_order(rules: RuleSet, tmp_path: Path, suffix: str, workers: int) -> None:
    table = pa.table({"n": [number % 9 for number in range(100_000)]})
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    write(table, source)
    assert rules.run_file(source, target, workers=workers) == 100_000
    assert read(target).equals(rules.evaluate_table(table))
    # From a table to lines, and from lines to a table.
    rules.run_file(source, tmp_path / "out.jsonl")
    (tmp_path / "in.jsonl").write_text("".join(f'{{"n": {number % 9}}}\n' for number in range(100_000)))
    rules.run_file(tmp_path / "in.jsonl", tmp_path / "expected.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "expected.jsonl").read_bytes()
    rules.run_file(tmp_path / "in.jsonl", target)
    assert read(target).equals(rules.evaluate_table(table))


def write(table: Any, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=7000)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=7000)


def read(path: Path) -> Any:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with pa.ipc.open_file(str(path)) as reader:
        return reader.read_all()


def test_an_empty_table_has_no_decisions(rules: RuleSet, tmp_path: Path) -> None:
    empty = pa.table({"n": pa.array([], pa.int64())})
    assert rules.evaluate_table(empty).num_rows == 0
    write(empty, tmp_path / "in.parquet")
    assert rules.run_file(tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    assert read(tmp_path / "out.parquet").schema == rules.evaluate_table(empty).schema


def test_a_file_that_is_no_table_says_so(rules: RuleSet, tmp_path: Path) -> None:
    for name, kind in (("in.parquet", "Parquet"), ("in.arrow", "Arrow")):
        (tmp_path / name).write_bytes(b'{"n": 1}\n' * 10)
        with pytest.raises(rf.TableError, match=f"cannot be read as an? {kind} file"):
            rules.run_file(tmp_path / name, tmp_path / "out.jsonl")
        assert not (tmp_path / "out.jsonl").exists()


def test_a_checkpoint_needs_lines(rules: RuleSet, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("")
    for source, target in (("in.parquet", "out.jsonl"), ("in.jsonl", "out.parquet")):
        with pytest.raises(rf.CheckpointError, match="reads and writes JSON Lines, not tables"):
            rules.run_file(tmp_path / source, tmp_path / target, checkpoint=tmp_path / "kept")


def test_a_missing_extra_is_named(rules: RuleSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name.partition(".")[0] == "pyarrow" or "ringfence.arrow" in name
    ]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(rf.MissingExtraError, match=r"pip install 'ringfence\[arrow\]'"):
        rules.evaluate_table(None)
    (tmp_path / "in.parquet").write_bytes(b"")
    with pytest.raises(rf.MissingExtraError, match=r"the table .*in\.parquet' needs the extra 'arrow'"):
        rules.run_file(tmp_path / "in.parquet", tmp_path / "out.jsonl")


def test_the_command_takes_tables(tmp_path: Path) -> None:
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "b"\n')
    (tmp_path / "main.star").write_text(RULES)
    write(pa.table({"n": [1, 4, 7]}), tmp_path / "in.parquet")

    def run(source: str, target: str, *options: str) -> subprocess.CompletedProcess[str]:
        files = [
            "--input",
            str(tmp_path / source),
            "--output",
            str(tmp_path / target) if target != "-" else "-",
        ]
        return subprocess.run(
            [sys.executable, "-m", "ringfence", "run", str(tmp_path), *files, *options],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    done = run("in.parquet", "out.parquet", "--progress")
    assert done.returncode == 1, done.stderr
    assert "3 events, 2 decided, 1 errors" in done.stderr
    assert read(tmp_path / "out.parquet")["rule"].to_pylist() == ["odd", "broken", "large"]
    assert len(run("in.parquet", "-", "--session").stdout.splitlines()) == 3
    done = run("in.parquet", "strict.parquet", "--strict")
    assert (done.returncode, (tmp_path / "strict.parquet").exists()) == (1, False)
    for source in ("main.star.parquet", "broken.parquet"):
        (tmp_path / "broken.parquet").write_bytes(b"x" * 100)
        done = run(source, "never.parquet")
        assert done.returncode == 2 and "cannot be read" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "never.parquet").exists()
