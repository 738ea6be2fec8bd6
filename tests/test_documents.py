"""The documents say what the code does: prices, options and file names in them are compared with the sources."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections.abc import Coroutine
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

import ringfence as rf
from guest.meter import costs
from ringfence.cli.app import app
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


def test_the_readme_embeds_a_bundle_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines for Python, one after the other as they stand there, on the bundle that its commands make."""
    text = (ROOT / "README.md").read_text()
    block = dedent(text.partition("## From Python\n")[2].partition("\nA `RuleSet` may")[0])
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init", "my-gateway"]).exit_code == 0
    lines = (tmp_path / "my-gateway/events.jsonl").read_text().splitlines(keepends=True)[:50]
    (tmp_path / "in.jsonl").write_text("".join(lines))
    events = [json.loads(line) for line in lines]
    names = {"event": events[0], "events": events}
    code = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    asyncio.run(_awaited(eval(code, names)))
    assert names["n"] == 50
    assert names["d"] == names["runtime"].load("my-gateway").evaluate(events[0], now=1_700_000_000)  # type: ignore[attr-defined]
    assert names["out"].stdout == "2\n"  # type: ignore[attr-defined]


async def _awaited(running: Coroutine[object, object, None]) -> None:
    await running


def test_the_page_on_evaluations_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Its first three examples follow each other, and the second shows what it prints."""
    text = (ROOT / "docs/evaluations.md").read_text()
    names: dict[str, object] = {}
    blocks = re.findall(r"(?:^    .+\n(?:\n(?=    ))?)+", text, re.MULTILINE)
    steps, look, snapshot = (dedent(block) for block in blocks[:3])
    exec(steps, names)
    assert capsys.readouterr().out == "Decision({'total': 12}, rule=None, fuel=20)\n"
    exec(look, names)
    assert f"# {capsys.readouterr().out}" in look
    assert "assert copy.result()" in snapshot
    exec(snapshot, names)


def test_the_page_on_receipts_shows_what_a_replay_says(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs/receipts.md").read_text()
    block = dedent(
        "    import ringfence" + text.partition("    import ringfence")[2].partition("\n`evaluate`")[0]
    )
    exec(block, {})
    assert capsys.readouterr().out.strip() == block.rpartition("# ")[2].strip()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file, and to a heading of it."""
    text = re.sub(r"`[^`\n]*`|^    .*$", "", document.read_text(), flags=re.MULTILINE)
    broken = []
    for target, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)", text):
        page = document.parent / target if target else document
        if not page.exists() or (heading and heading not in _headings(page)):
            broken.append(f"{target}#{heading}")
    assert broken == []


def _headings(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_lists_every_page() -> None:
    index = (ROOT / "README.md").read_text().partition("| pages |")[2]
    assert {path.name for path in ROOT.glob("docs/*.md")} == set(re.findall(r"\(docs/([\w-]+\.md)\)", index))
