"""`pytest --ringfence BUNDLE`: a bundle's tests are items of an ordinary pytest run."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.bundle import read_tests
from tests.testing.bundles import lines, make_bundle

HOST = str(Path(rf.__file__).parents[1])
NIGHT = {"event": {"door": "a", "hour": 3}, "rule": "night"}
DAY = {"event": {"door": "a", "hour": 12}, "decision": "open"}
WRONG = {"name": "wrong", "event": {"door": "a", "hour": 3}, "decision": {"state": "locked", "why": "day"}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a test of its own and a bundle."""
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    make_bundle(
        tmp_path / "doors", {"tests/a.jsonl": lines(NIGHT, DAY), "tests/deep/b.jsonl": lines(DAY, WRONG)}
    )
    return tmp_path


def run_pytest(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit status and the output of a run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytest_ringfence", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={"PYTHONPATH": HOST, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_tests_of_a_bundle_run_beside_others_with_the_same_messages(project: Path) -> None:
    status, said = run_pytest(project, "--ringfence", "doors", "--junitxml=junit.xml")
    assert status == 1 and "1 failed, 4 passed" in said
    assert "doors/tests/a.jsonl .." in said and "test_own.py ." in said
    assert "FAILED doors/tests/deep/b.jsonl::wrong" in said
    assert "tests/deep/b.jsonl:2: another decision than expected" in said
    assert '-   "why": "day"' in said and '+   "why": "night"' in said
    assert "1 of 3 rules decided an event of the tests\n  tried, never decided: broken, fire\n" in said
    root = ElementTree.parse(project / "junit.xml").getroot()
    assert len([property for property in root.iter("property") if property.get("name") == "fuel"]) == 4


def test_a_test_is_selected_by_its_id(project: Path) -> None:
    status, said = run_pytest(project, "--ringfence", "doors", "doors/tests/a.jsonl::2", "-v")
    assert status == 0 and "1 passed" in said
    assert "doors/tests/a.jsonl::2 PASSED" in said


def test_a_packed_bundle_is_tested_as_its_folder_is(project: Path) -> None:
    package = rf.Bundle.from_path(project / "doors").pack(read_tests(project / "doors"))
    (project / "doors.rfb").write_bytes(package.to_bytes())
    status, said = run_pytest(project, "--ringfence", "doors.rfb", "-k", "deep")
    assert status == 1 and "1 failed, 1 passed" in said
    assert "doors.rfb::tests/deep/b.jsonl::wrong" in said


def test_a_bundle_that_does_not_load_is_an_error_of_the_collection(project: Path) -> None:
    (project / "doors/main.star").write_text("rule(")
    status, said = run_pytest(project, "--ringfence", "doors")
    assert status == 2
    assert "ERROR collecting doors" in said and "main.star:1:" in said and "Traceback" not in said
    status, said = run_pytest(project, "--ringfence", "windows")
    assert status == 4 and "--ringfence windows: there is no such folder or package" in said


def test_without_the_option_nothing_of_ringfence_is_imported(project: Path) -> None:
    check = "import sys\n\ndef test_own():\n    assert 'ringfence' not in sys.modules\n"
    (project / "test_own.py").write_text(check)
    status, said = run_pytest(project, "test_own.py")
    assert (status, "1 passed" in said) == (0, True)
