"""The server in a process of its own: its socket, its signals, its end.

SIGTERM and SIGINT end it: it takes no new connections, finishes what is under way, and returns. SIGHUP reloads all bundles.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ringfence.server.app import Application

KEEP_ALIVE_SECONDS = 15
"""A connection on which nothing is asked is closed after this time."""

HEAD_SECONDS = 20.0
"""The head of a request must be complete after this time; more than the time above, which ends a connection politely."""

SWEEP_TICKS = 10
"""Connections are looked through every second: uvicorn ticks ten times a second."""

SWITCH_SECONDS = 0.001
"""How long a thread may keep Python's global lock when others want it. While a bundle is loaded, a thread is in Python for some
milliseconds; with the default of five, the event loop would wait as long for its turn after each system call."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at this address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket at this address; port 0 is any free one. Raises `OSError`."""
    address = host.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.create_server((address, port), family=family, backlog=2048)
    # Connections inherit it. asyncio sets it only for sockets that name their protocol, and without it the body of an answer
    # waits until the client has acknowledged the headers: some 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@contextlib.contextmanager
def listening_locally(path: str) -> Iterator[socket.socket]:
    """A Unix socket at this path, in the place of one that nobody listens at; it is removed at the end. Raises `OSError`."""
    bound = socket.socket(socket.AF_UNIX)
    with bound:
        if _is_deserted(path):
            os.unlink(path)
        bound.bind(path)
        try:
            yield bound
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def _is_deserted(path: str) -> bool:
    """Whether a server left its socket here."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                return True
    return False


def serve(
    app: Application,
    bound: socket.socket,
    *,
    drain: int,
    most_connections: int,
    started: Callable[[], None],
) -> None:
    """Serve until a signal ends it. What is under way then has `drain` seconds; `started` is called when all is ready."""
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        app,
        http=HttpToolsProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",  # failures are told by `observation.py`
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=most_connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=drain,
    )
    # When it has ended, uvicorn raises the signals again that it has handled: they have had their effect.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    _Server(config, app, started).run(sockets=[bound])


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Has had its effect."""


class _Server(uvicorn.Server):
    """uvicorn's server, with an answer to SIGHUP, and without patience for slow heads of requests."""

    def __init__(self, config: uvicorn.Config, app: Application, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._started = started
        self._reloads: set[asyncio.Task[None]] = set()
        self._silent: dict[Any, tuple[object, float]] = {}
        """The connections that have no request under way: which one was the last, and since when."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reload)
        self._started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._app.stop()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """What is to be done ten times a second; whether to end."""
        if counter % SWEEP_TICKS == 0:
            self._close_silent()
        return await super().on_tick(counter)

    def _reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._app.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    def _close_silent(self) -> None:
        """Close the connections that have been without a request for too long, also while they send the head of one."""
        now = time.monotonic()
        silent: dict[Any, tuple[object, float]] = {}
        for connection in list(self.server_state.connections):
            last: Any = getattr(connection, "cycle", None)
            if last is not None and not last.response_complete:
                continue
            known = self._silent.get(connection)
            since = known[1] if known is not None and known[0] is last else now
            if now - since > HEAD_SECONDS:
                connection.transport.close()
            else:
                silent[connection] = (last, since)
        self._silent = silent
