"""The command in a process of its own: real sockets, real signals."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.server.serving import listening_locally
from tests.server.conftest import write_bundle

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs signals")


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process of `ringfence serve`, and its port."""
    command = [sys.executable, "-m", "ringfence", "serve", *arguments, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "serving sizes at http://127.0.0.1:" in line
            yield process, int(line.rpartition(":")[2])
        finally:
            process.kill()


class Stream:
    """A stream of events, whose answers are read while it is sent."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(
            b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        self._response = http.client.HTTPResponse(self._socket)
        self._begun = False

    def ask(self, **event: int) -> str:
        """Send one event and wait for its line."""
        data = json.dumps(event).encode() + b"\n"
        self._socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))
        if not self._begun:
            self._response.begin()
            self._begun = True
        return str(json.loads(self._response.readline())["decision"]["version"])

    def end(self, after: float = 0.0) -> bytes:
        """What is left of the answers after the last event, and after a wait of so many seconds."""
        time.sleep(after)
        self._socket.sendall(b"0\r\n\r\n")
        rest = self._response.read()
        self._socket.close()
        return rest


def version(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/v1/decide", '{"n": 11}', {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return str(answer["decision"]["version"])


def test_a_stream_goes_on_through_a_reload_and_the_end(bundle: Path) -> None:
    """Its answers come while it is sent, by the rules that it began with; SIGTERM waits for its end, and the status is 0."""
    with serving(str(bundle)) as (process, port):
        stream = Stream(port)
        assert stream.ask(n=11) == "1"
        write_bundle(bundle, "2")
        process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while version(port) != "2":
            assert time.monotonic() < end
        assert stream.ask(n=12) == "1"
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(OSError):
            while time.monotonic() < end:  # until it listens no more
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                time.sleep(0.05)
        assert stream.ask(n=13) == "1"
        assert stream.end() == b""
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "sizes: reloaded, version 2" in process.stderr.read()


def test_slow_clients_are_given_up(bundle: Path) -> None:
    """An event must arrive in time; a stream in which nothing moves ends before its response is complete."""
    with serving(str(bundle), "--body-timeout", "200ms", "--stream-timeout", "200ms") as (process, port):
        stream = Stream(port)
        assert stream.ask(n=11) == "1"
        with pytest.raises((http.client.IncompleteRead, OSError)):
            stream.end(after=1.0)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest("POST", "/v1/decide")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b"{")
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["error"]["kind"]) == (408, "timeout")
        connection.close()
        assert version(port) == "1"
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None and process.stderr.read() == ""


def test_what_is_logged_survives_the_process(bundle: Path, tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    with serving(str(bundle), "--decision-log", str(log), "--log-events") as (process, port):
        assert version(port) == "1"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    (entry,) = map(json.loads, log.read_text().splitlines())
    assert (entry["event"], entry["client"], entry["rule"]) == ({"n": 11}, "127.0.0.1", "large")


def test_a_unix_socket_is_left_to_nobody_and_taken_over_from_the_dead(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    with listening_locally(path) as first:
        first.listen()
        with pytest.raises(OSError), listening_locally(path):
            pass
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "socket").write_text("a file of somebody's")
    with pytest.raises(OSError), listening_locally(path):
        pass
    assert (tmp_path / "socket").read_text() == "a file of somebody's"


def test_other_machines_are_not_served_without_tokens(bundle: Path) -> None:
    command = [sys.executable, "-m", "ringfence", "serve", str(bundle), "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--token-file FILE, or --insecure" in done.stderr


def test_an_answer_waits_for_nothing(bundle: Path) -> None:
    """Headers and body are sent at once each; a body that waits until the headers are acknowledged takes 40 ms every time."""
    request = b'POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"n": 11}'
    with serving(str(bundle)) as (_, port), socket.create_connection(("127.0.0.1", port), timeout=20) as sent:
        sent.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = sent.makefile("rb")
        seconds = []
        for _ in range(30):
            time.sleep(0.03)  # for a client that is busy its system acknowledges at once
            begun = time.perf_counter()
            sent.sendall(request)
            length = 0
            while (line := answers.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            answers.read(length)
            seconds.append(time.perf_counter() - begun)
    # A new connection's first segments are acknowledged at once.
    assert min(seconds[20:]) < 0.03
