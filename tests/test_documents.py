"""The documents say what the code does: prices, options and file names in them are compared with the sources."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest

import ringfence as rf
from guest.meter import costs
from ringfence.manifest import HIT_POLICIES

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "guest/README.md",
    ROOT / "benchmarks/README.md",
    *ROOT.glob("docs/*.md"),
]


def test_the_price_list_is_the_one_in_force() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", (ROOT / "docs/fuel.md").read_text(), re.MULTILINE)
    in_force = {name: value for name, value in vars(costs).items() if name.isupper()}
    assert {name: int(value) for name, value in rows} == in_force


def test_the_readme_shows_what_its_rule_decides() -> None:
    text = (ROOT / "README.md").read_text()
    chapter = text.partition("## A rule\n")[2].partition("\n## ")[0]
    rule, lines = (
        dedent(block) for block in re.findall(r"(?:^    .+\n(?:\n(?=    ))?)+", chapter, re.MULTILINE)
    )
    event = re.search(r"what `(\{.*?\})` gives", text)
    assert event is not None
    sources = {"main.star": rule, "lib/network.star": 'internal = cidr("10.0.0.0/8")'}
    with rf.Runtime().load(rf.Bundle.from_sources(sources)) as rules:
        decided = rules.evaluate(event[1])
    shown = {"decision": decided.decision, "rule": decided.rule, "fuel": decided.fuel}
    assert shown == json.loads(lines.splitlines()[0])


def test_the_page_on_sessions_shows_what_its_state_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bundle by the host's lines below it, which decide 101 events of one client: the last one is too many."""
    block = dedent((ROOT / "docs/sessions.md").read_text().partition("# main.star\n")[2].partition("## ")[0])
    bundle, _, host = block.partition("# the host\n")
    host, _, command = host.partition("\nringfence run")
    assert " BUNDLE --session " in command
    (tmp_path / "main.star").write_text(bundle)
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "b"\nversion = "1"\n')
    events = [{"client": "a"}] * 50
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    monkeypatch.chdir(tmp_path)
    with rf.Runtime().load(tmp_path) as rules:
        exec(host, {"rules": rules, "event": events[0], "events": events})
    decided = [json.loads(line)["decision"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert decided == ["allow"] * 49 + ["deny"]


def test_the_page_on_handles_does_what_it_says() -> None:
    text = (ROOT / "docs/handles.md").read_text()
    block = dedent(text.partition("# main.star\n")[2].partition("\nA scope has")[0])
    bundle, _, host = block.partition("# the host\n")
    assert "assert copy" in host
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": bundle})) as rules:
        exec(host, {"rules": rules})


def test_the_hit_policies_decide_as_their_table_says() -> None:
    text = (ROOT / "docs/decisions.md").read_text()
    event = re.search(r"decide the event `(.*?)`", text)
    example = re.search(r"(?:^    rule\(.+\n)+", text, re.MULTILINE)
    assert event is not None and example is not None
    rows = re.findall(r"^\| `([a-z-]+)` \| .*? \| (error: )?`(.*?)` \| (?:`(.*)` )?\|$", text, re.MULTILINE)
    assert tuple(sorted(row[0] for row in rows)) == tuple(sorted(HIT_POLICIES))
    for policy, error, decision, rule in rows:
        bundle = rf.Bundle.from_sources({"main.star": dedent(example[0])}, hit_policy=policy)
        with rf.Runtime().load(bundle) as rules:
            if error:
                with pytest.raises(rf.RuleError) as raised:
                    rules.evaluate(event[1])
                assert raised.value.message == f'hit policy "{policy}": {decision}'
            else:
                decided = rules.evaluate(event[1])
                assert [decided.decision, decided.rule] == [json.loads(decision), json.loads(rule)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:guest|host|wat|scripts|tests|docs|benchmarks)/[\w./*-]+)`", document.read_text()
    )
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert missing == []


def test_the_page_on_explanations_shows_what_is_said() -> None:
    text = (ROOT / "docs/explain.md").read_text()
    exec(dedent(text.partition("## From Python\n")[2].partition("\nAn event that")[0]), {})
