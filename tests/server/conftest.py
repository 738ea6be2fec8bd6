"""Bundles on disk, and servers of them in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ringfence.server import Settings, create_app

RULES = """
rule("spin", when = lambda e: e.get("spin"), then = lambda e: [x for x in range(100000000)])
rule("broken", when = lambda e: e.get("fail"), then = lambda e: fail("no good", e["fail"]))
rule("large", when = lambda e: e.get("n", 0) > 10, then = lambda e: {"size": e.n, "version": VERSION})
rule("timed", when = lambda e: e.get("timed"), then = lambda e: time.now().year)
"""


def write_bundle(folder: Path, version: str = "1", rules: str = RULES, name: str = "sizes") -> Path:
    """A bundle whose decisions tell its version. Every file is replaced as a whole."""
    folder.mkdir(exist_ok=True)
    manifest = (
        f'[bundle]\nname = "{name}"\nversion = "{version}"\ndefault = "small"\n[limits]\nfuel = 20000\n'
    )
    for file, text in (("bundle.toml", manifest), ("main.star", f'VERSION = "{version}"\n{rules}')):
        (folder / ".new").write_text(text)
        (folder / ".new").replace(folder / file)
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The folder of a bundle."""
    return write_bundle(tmp_path / "bundle")


Start = Callable[..., TestClient]


@pytest.fixture
def start(bundle: Path) -> Iterator[Start]:
    """Starts a server of the bundle, or of others: what it says is in `client.said`."""
    with ExitStack() as clients:

        def start(*bundles: Any, **options: Any) -> TestClient:
            said: list[str] = []
            settings = options.pop("settings", Settings())
            app = create_app(bundles or [bundle], settings=settings, say=said.append, **options)
            client = clients.enter_context(TestClient(app, raise_server_exceptions=False))
            client.said = said  # type: ignore[attr-defined]
            return client

        yield start


@pytest.fixture
def client(start: Start) -> TestClient:
    """A server of the bundle, as it is without any options."""
    return start()
