"""Loading bundles: modules, data files, configuration, and every way in which a bundle is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.harness import DONE, FAILED, Machine

DECIDE = "def decide(e):\n    return x\n"


def load(files: dict[str, Any], **config: Any) -> tuple[int, Any, Machine]:
    """Load some files."""
    machine = Machine()
    said = machine.load(files, **config)
    return machine.status, said, machine


def test_modules_share_values() -> None:
    """A module runs once, before those that load it; names can be changed on the way in."""
    files = {
        "main.star": 'load("lib/a.star", "f", y = "x")\nload("lib/b.star", "z")\nx = [f(y), z]\n' + DECIDE,
        "lib/a.star": 'load("lib/b.star", "z")\nx = z + 1\ndef f(n):\n    return n * hidden\n_private = 1\nhidden = 10\n',
        "lib/b.star": "z = 5\n",
    }
    status, _, machine = load(files)
    assert status == DONE
    assert machine.evaluate({})["decision"] == [60, 5]


def test_loaded_values_are_frozen() -> None:
    """A module cannot change what another one defined."""
    files = {"main.star": 'load("a.star", "l")\nl.append(1)\n', "a.star": "l = []\n"}
    status, said, _ = load(files)
    assert status == FAILED
    assert said["error"]["message"].startswith("append: cannot append to frozen list (")


def test_cycles_show_their_chain() -> None:
    """A cycle of loads is an error that shows it."""
    files = {
        "main.star": 'load("a.star", "x")\n',
        "a.star": 'load("b.star", "x")\n',
        "b.star": 'load("c.star", "x")\n',
        "c.star": 'load("a.star", "x")\n',
    }
    _, said, _ = load(files)
    (diagnostic,) = said["diagnostics"]
    assert diagnostic["message"] == (
        "cycle in load graph: a.star -> b.star -> c.star -> a.star (move what both need to a file of its own)"
    )
    assert (diagnostic["path"], diagnostic["line"]) == ("c.star", 1)


def test_a_module_may_not_load_itself() -> None:
    """The shortest cycle."""
    _, said, _ = load({"main.star": 'load("main.star", y = "x")\nx = 1\n'})
    assert (
        said["diagnostics"][0]["message"]
        == "cycle in load graph: main.star -> main.star (move what both need to a file of its own)"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "../x.star",
            "module not found: ../x.star (a load path is relative to the bundle's folder and cannot leave it)",
        ),
        (
            "/etc/x.star",
            "module not found: /etc/x.star (a load path is relative to the bundle's folder and cannot leave it)",
        ),
        (
            "lib/../../x",
            "module not found: lib/../../x (a load path is relative to the bundle's folder and cannot leave it)",
        ),
        ("lib/nett.star", "module not found: lib/nett.star (did you mean lib/net.star?)"),
        ("lib/net", "module not found: lib/net (did you mean lib/net.star?)"),
        ("zzz.star", "module not found: zzz.star"),
        (
            "data/x.json",
            "module not found: data/x.json (modules are files whose names end in .star; data() reads JSON)",
        ),
        # The host sends the configuration in a file whose name is empty.
        (
            "",
            "module not found:  (modules are files whose names end in .star; data() reads JSON)",
        ),
    ],
)
def test_missing_modules(path: str, message: str) -> None:
    """A `load` of something that is not there, or not inside the bundle."""
    _, said, _ = load({"main.star": f'load("{path}", "x")\n', "lib/net.star": "x = 1\n", "data/x.json": "1"})
    assert [d["message"] for d in said["diagnostics"]] == [message]
    assert said["diagnostics"][0]["source_line"] == f'load("{path}", "x")'


def test_missing_names() -> None:
    """A `load` of a name that the module does not define."""
    _, said, _ = load({"main.star": 'load("a.star", "valeu")\n', "a.star": "value = 1\n"})
    assert said["error"]["message"] == "load: name valeu not found in module a.star (did you mean value?)"


def test_all_static_errors_of_all_files() -> None:
    """One load tells everything that can be told without running."""
    files = {"main.star": 'load("a.star", "x")\na = b\n', "a.star": "x = y\nz = w\n"}
    _, said, _ = load(files)
    assert [(d["path"], d["line"], d["column"]) for d in said["diagnostics"]] == [
        ("main.star", 2, 5),
        ("a.star", 1, 5),
        ("a.star", 2, 5),
    ]


def test_check_compiles_unused_files() -> None:
    """`check` also looks at files that nothing loads; `load` does not."""
    files = {"main.star": "x = 1\n" + DECIDE, "unused.star": "x = (\n"}
    assert load(files)[0] == DONE
    machine = Machine()
    said = machine.load(files, entry="check")
    assert machine.status == FAILED
    assert said["diagnostics"][0]["path"] == "unused.star"


def test_data() -> None:
    """Data files are decoded once, are frozen, and may be asked for at any time."""
    files = {
        "main.star": 'early = data("a.json")\ndef decide(e):\n    return [early == data("a.json"), data("deep/b.json")]\n',
        "data/a.json": '{"x": [1, 2.5, "é"]}',
        "data/deep/b.json": "[null]",
    }
    assert load(files)[2].evaluate({})["decision"] == [True, [None]]
    files["main.star"] = 'data("a.json")["x"].append(1)\n'
    assert load(files)[1]["error"]["message"].startswith("append: cannot append to frozen list (")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("b.json", 'data: no file "b.json" in the bundle\'s folder data/ (did you mean a.json?)'),
        (
            "../a.json",
            'data: no file "../a.json" in the bundle\'s folder data/ (a path is relative to that folder and cannot leave it)',
        ),
    ],
)
def test_missing_data(path: str, message: str) -> None:
    """A data file that is not there."""
    _, said, _ = load({"main.star": f'data("{path}")\n', "data/a.json": "1"})
    assert said["error"]["message"] == message


def test_broken_data() -> None:
    """A data file that is not JSON is a diagnostic."""
    _, said, _ = load({"main.star": "x = 1\n" + DECIDE, "data/a.json": '{"x": }'})
    (diagnostic,) = said["diagnostics"]
    assert diagnostic["path"] == "data/a.json"
    assert diagnostic["message"].startswith("not valid JSON: ")


@pytest.mark.parametrize(
    ("content", "line", "column"), [("1 x", 1, 3), ("1\nx", 2, 1), ("1\rx", 2, 1), ("1\r\n x", 2, 2)]
)
def test_the_place_in_broken_data(content: str, line: int, column: int) -> None:
    """Lines of data end as lines of sources do, and the line shown is the line named."""
    _, said, _ = load({"main.star": "x = 1\n" + DECIDE, "data/a.json": content})
    (diagnostic,) = said["diagnostics"]
    assert (diagnostic["line"], diagnostic["column"]) == (line, column)
    assert diagnostic["source_line"] == content.split("\n")[-1].split("\r")[-1]


def test_nothing_to_decide_with() -> None:
    """A bundle needs a rule or the function."""
    _, said, _ = load({"main.star": "x = 1\n"})
    assert (
        said["diagnostics"][0]["message"]
        == "the bundle declares no rule(...) and defines no function decide(event) "
        '(write one: rule("name", when = lambda event: ..., then = ...))'
    )


def test_no_entry() -> None:
    """The entry must be there."""
    _, said, _ = load({"other.star": "x = 1\n"})
    assert said["diagnostics"][0]["message"] == "the bundle has no file of this name"
    assert said["diagnostics"][0]["path"] == "main.star"


def test_options() -> None:
    """The dialect's options hold for all modules."""
    source = "def decide(e):\n    n = 0\n    while n < 3:\n        n += 1\n    return n\n"
    assert load({"main.star": source})[0] == FAILED
    status, _, machine = load({"main.star": source}, options=["while"])
    assert status == DONE
    assert machine.evaluate({})["decision"] == 3


def test_loading_has_a_budget() -> None:
    """A bundle that loads forever runs out of fuel; the error has its place."""
    source = "def f():\n    for i in range(1000000000):\n        pass\nf()\n"
    machine = Machine()
    said = machine.load({"main.star": source}, fuel=100_000)
    assert machine.status == FAILED
    assert said["error"]["kind"] == "fuel"
    assert said["error"]["location"].startswith("main.star:2:")


def test_the_seed_does_not_show() -> None:
    """Dicts keep their order whatever the seed."""
    source = "def decide(e):\n    return [k for k in {str(i): i for i in range(100)}] + list(e)\n"
    event = {f"key{i}": i for i in range(30)}
    lines = [
        load({"main.star": source}, seed=seed)[2].evaluate(event)["decision"] for seed in (0, 1, 0xFFFFFFFF)
    ]
    assert lines[0] == lines[1] == lines[2]
