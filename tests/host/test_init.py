"""`ringfence init`: every template is a bundle that checks, tests and runs as it is, laid out by `fmt`."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

import ringfence as rf
from ringfence.cli.app import app
from ringfence.cli.init import SAMPLES, Template

NAMES = [pytest.param(template, id=template.value) for template in Template]


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Template, Path]:
    """A new bundle of each template."""
    made = {template: tmp_path_factory.mktemp("init") / template for template in Template}
    for template, folder in made.items():
        done = command("init", folder, "--template", template)
        assert (done.exit_code, done.stdout) == (0, "")
        assert f"ringfence run {folder} --input {folder / 'events.jsonl'}" in done.stderr
    return made


@pytest.mark.parametrize("template", NAMES)
def test_a_new_bundle_checks_and_passes_its_tests(template: Template, folders: dict[Template, Path]) -> None:
    assert command("check", folders[template]).exit_code == 0
    done = command("test", folders[template], "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    coverage = json.loads(done.stdout)["coverage"]["rules"]
    assert [rule["name"] for rule in coverage if rule["decided"] == 0] == []


@pytest.mark.parametrize("template", NAMES)
def test_its_sample_events_are_decided_and_meet_every_rule(
    template: Template, folders: dict[Template, Path], tmp_path: Path
) -> None:
    output = tmp_path / "decisions.jsonl"
    done = command(
        "run", folders[template], "--input", folders[template] / "events.jsonl", "--output", output
    )
    assert (done.exit_code, ", 0 errors" in done.stderr) == (0, True)
    met = Counter[str]()
    for line in output.read_text().splitlines():
        rule = json.loads(line)["rule"]
        met.update(rule if isinstance(rule, list) else [rule] if rule else [])
    with rf.Runtime().load(folders[template]) as rules:
        assert {rule.name for rule in rules.rules()} - set(met) == set()


@pytest.mark.parametrize("template", NAMES)
def test_it_is_laid_out_by_fmt(template: Template, folders: dict[Template, Path]) -> None:
    assert command("fmt", folders[template], "--check").exit_code == 0


@pytest.mark.parametrize("template", NAMES)
def test_its_readme_is_true(template: Template, folders: dict[Template, Path]) -> None:
    readme = (folders[template] / "README.md").read_text()
    named = re.findall(r"`([\w/*-]+\.(?:star|toml|jsonl?))`", readme)
    assert named and [name for name in named if not list(folders[template].glob(name))] == []
    tests = json.loads(command("test", folders[template], "--format", "json").stdout)["passed"]
    said = re.search(r"ringfence test \. +# (\d+) ", readme)
    assert said is None or int(said[1]) == tests


def test_the_readme_of_fraud_pairs_payments_with_their_points(
    folders: dict[Template, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its example for Python, as it stands there, says of each payment what the payment alone comes to."""
    monkeypatch.chdir(folders[Template.FRAUD])
    example = Path("README.md").read_text().partition("    import json\n")[2].partition("\nA payment is")[0]
    exec(dedent("    import json\n" + example), {})
    printed = capsys.readouterr().out.splitlines()
    expected = []
    with rf.Runtime().load(".") as rules:
        for line in Path("events.jsonl").read_text().splitlines():
            d = rules.evaluate(line)
            points = sum(signal["points"] for signal in d.decision)
            if points >= 60:
                expected.append(
                    f"{json.loads(line)['id']} {'decline' if points >= 100 else 'review'} {d.rule}"
                )
    assert expected and printed == expected


@pytest.mark.parametrize("template", [pytest.param(template, id=template.value) for template in SAMPLES])
def test_the_samples_are_the_same_every_time(template: Template, folders: dict[Template, Path]) -> None:
    lines = (folders[template] / "events.jsonl").read_bytes().splitlines()
    assert list(SAMPLES[template]()) == lines and len(set(lines)) > 900


def test_the_flags_of_two_rollouts_choose_independently(folders: dict[Template, Path]) -> None:
    """A user who is among the first of one flag is among the first of another as often as anybody."""
    source = (
        'load("lib/rollout.star", "is_among")\n'
        "def decide(e):\n    return [is_among(flag, e.id, 10) for flag in ('a', 'b', 'new-checkout')]\n"
    )
    rollout = (folders[Template.FLAGS] / "lib/rollout.star").read_text()
    bundle = rf.Bundle.from_sources({"main.star": source, "lib/rollout.star": rollout})
    with rf.Runtime().load(bundle) as rules:
        events = ({"id": f"u-{i:06}"} for i in range(10_000))
        chosen = [d.decision for d in rules.evaluate_batch(events, workers=1)]
    for first, second in ((0, 1), (1, 2), (0, 2)):
        assert all(900 < sum(row[flag] for row in chosen) < 1100 for flag in (first, second))
        assert 60 < sum(row[first] and row[second] for row in chosen) < 140


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = command("init", tmp_path)
    assert (done.exit_code, "exists and is not empty" in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_template_is_refused(tmp_path: Path) -> None:
    done = command("init", tmp_path / "new", "--template", "gatway")
    assert (done.exit_code, (tmp_path / "new").exists()) == (2, False)
    assert "gateway" in done.stderr and "minimal" in done.stderr
