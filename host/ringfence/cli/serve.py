"""`ringfence serve`: decisions over HTTP."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.cli.common import (
    BUNDLE_HELP,
    duration_option,
    fail,
    limits_from,
    say,
    size_option,
    unwritable,
    usage_errors,
)
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.extras import extra

RELOAD_INTERVAL = 0.5
DRAIN = 30.0
"""Seconds."""

DEFAULT_PORT = 8181
MAXIMUM_PORT = 65_535


def serve(
    bundles: Annotated[
        list[Path], typer.Argument(help=BUNDLE_HELP + " The first one is the default.", metavar="BUNDLE...")
    ],
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=MAXIMUM_PORT, help="0 is any free port.")
    ] = DEFAULT_PORT,
    uds: Annotated[
        Path | None, typer.Option("--uds", metavar="PATH", help="Listen at a Unix socket instead.")
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="The clients that may ask: lines of a name and a bearer token.",
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Listen beyond this machine without --token-file.")
    ] = False,
    reload: Annotated[bool, typer.Option("--reload", help="Reload a bundle when its files change.")] = False,
    reload_interval: Annotated[
        float | None,
        typer.Option(
            "--reload-interval",
            metavar="DURATION",
            parser=duration_option,
            help="With --reload: the time between two looks (default: 500ms).",
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="N", help="Requests a second for each client.")
    ] = None,
    burst: Annotated[
        int | None,
        typer.Option(
            "--burst",
            metavar="N",
            min=1,
            help="With --rate: requests at once for each client (default: 20).",
        ),
    ] = None,
    max_body: Annotated[
        int | None,
        typer.Option(
            "--max-body",
            metavar="SIZE",
            parser=size_option,
            help="Of one event or array, or of a stream's line (default: 1MiB).",
        ),
    ] = None,
    body_timeout: Annotated[
        float | None,
        typer.Option(
            "--body-timeout",
            metavar="DURATION",
            parser=duration_option,
            help="For a client to send its event (default: 10s).",
        ),
    ] = None,
    stream_timeout: Annotated[
        float | None,
        typer.Option(
            "--stream-timeout",
            metavar="DURATION",
            parser=duration_option,
            help="For a stream in which nothing is sent or taken (default: 60s).",
        ),
    ] = None,
    max_connections: Annotated[
        int, typer.Option("--max-connections", metavar="N", min=1, help="More are turned away with 503.")
    ] = 1000,
    max_waiting: Annotated[
        int,
        typer.Option(
            "--max-waiting",
            metavar="N",
            min=1,
            help="Requests of one bundle at a time; more are turned away.",
        ),
    ] = 128,
    drain: Annotated[
        float | None,
        typer.Option(
            "--drain",
            metavar="DURATION",
            parser=duration_option,
            help="At the end, for what is under way (default: 30s).",
        ),
    ] = None,
    decision_log: Annotated[
        Path | None,
        typer.Option("--decision-log", metavar="FILE", help="Append a line of JSON for each event."),
    ] = None,
    decision_log_size: Annotated[
        int | None,
        typer.Option(
            "--decision-log-size",
            metavar="SIZE",
            parser=size_option,
            help="Rotate the log at this size; five old files are kept (default: 64MiB).",
        ),
    ] = None,
    log_events: Annotated[
        bool, typer.Option("--log-events", help="Log the events themselves, beside their digests.")
    ] = False,
    log_receipts: Annotated[
        bool,
        typer.Option("--log-receipts", help="Log a receipt for each decision, for `ringfence replay`."),
    ] = False,
    functions: FunctionsOption = None,
    fuel: Annotated[
        int | None, typer.Option("--fuel", metavar="N", help="Units of fuel for each event.")
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option("--memory", metavar="SIZE", parser=size_option, help="Memory limit, like 16MiB."),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            "--deadline", metavar="DURATION", parser=duration_option, help="Time for each event, like 50ms."
        ),
    ] = None,
    clock: Annotated[
        bool,
        typer.Option(
            "--clock/--no-clock", help="Tell rules the time of the request (default), or no time at all."
        ),
    ] = True,
    required_keys: Annotated[
        list[Path] | None,
        typer.Option(
            "--require-signature",
            metavar="KEY",
            help="Serve packages only if they are signed with this public key, or with one of a file or folder of keys.",
        ),
    ] = None,
    traces: Annotated[
        bool,
        typer.Option("--traces", help="Send OpenTelemetry traces by OTLP; needs the extra `otel`."),
    ] = False,
) -> None:
    """Decide events over HTTP: POST them to /v1/decide, or to /v1/bundles/NAME/decide.

    Example: ringfence serve gateway --port 8181 --reload

    Exit status: 0 it was ended by SIGTERM or Ctrl-C, 2 wrong usage or a bundle that does not load.
    """
    with usage_errors(), extra("serve", "`ringfence serve`"):
        from ringfence.server import (
            DecisionLog,
            OpenTelemetry,
            Settings,
            Tokens,
            create_app,
            serving,
            tracing,
        )
        from ringfence.server.decision_log import LOG_BYTES
    if uds is None and not serving.is_loopback(host) and token_file is None and not insecure:
        fail(
            f"--host {host} lets other machines ask, and nobody would ask for their tokens: give --token-file FILE, or --insecure"
        )
    if (log_events or log_receipts) and decision_log is None:
        fail(f"--log-{'events' if log_events else 'receipts'} needs --decision-log FILE")
    for given_option, name, needed, needed_name in (
        (reload_interval, "--reload-interval", reload, "--reload"),
        (burst, "--burst", rate, "--rate N"),
        (decision_log_size, "--decision-log-size", decision_log, "--decision-log FILE"),
    ):
        if given_option is not None and not needed:
            fail(f"{name} says nothing without {needed_name}: give both, or leave it out")
    limits = limits_from(fuel, memory, deadline)
    settings = {
        "max_body": max_body,
        "body_timeout": body_timeout,
        "stream_timeout": stream_timeout,
        "rate": rate,
        "burst": burst,
        "max_waiting": max_waiting,
        "clock": clock,
        "watch": (reload_interval or RELOAD_INTERVAL) if reload else None,
    }
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    with contextlib.ExitStack() as opened:
        with usage_errors():
            tokens = Tokens.from_file(token_file) if token_file is not None else None
            spans = None
            if traces:
                tracing.set_up()
                spans = OpenTelemetry()
            log = None
            if decision_log is not None:
                try:
                    log = DecisionLog(
                        decision_log,
                        size=decision_log_size or LOG_BYTES,
                        with_events=log_events,
                        with_receipts=log_receipts,
                    )
                except OSError as failure:
                    unwritable(str(decision_log), failure)
            app = create_app(
                bundles,
                limits=limits,
                functions=provided_functions(functions),
                require_signature=required_keys or (),
                tokens=tokens,
                settings=dataclasses.replace(Settings(), **given),
                decision_log=log,
                tracing=spans,
                say=lambda text: say(f"ringfence: {text}"),
            )
        opened.callback(app.close)
        try:
            at = serving.listening_locally(str(uds)) if uds is not None else serving.listen(host, port)
            bound = opened.enter_context(at)
        except OSError as failure:
            place = str(uds) if uds is not None else f"{host}, port {port}"
            fail(
                f"cannot listen at {place}: {os.strerror(failure.errno or 0)}; "
                "give another --port (0: any free one), --host or --uds"
            )
        where = f"unix:{uds}" if uds is not None else _url(host, bound.getsockname()[1])
        names = ", ".join(app.shelf.bundles)
        serving.serve(
            app,
            bound,
            drain=max(round(drain or DRAIN), 1),
            most_connections=max_connections,
            started=lambda: print(f"ringfence: serving {names} at {where}", flush=True),
        )


def _url(host: str, port: int) -> str:
    address = host.strip("[]")
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
