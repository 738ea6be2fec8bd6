"""What an operator may set about the server: sizes, times, rates. The rest of this package takes what it needs from here."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.limits import MEBIBYTE


@dataclass(frozen=True, slots=True)
class Settings:
    """The limits of requests. Sizes are bytes, times are seconds."""

    max_body: int = MEBIBYTE
    """Of one event or array; of one line of a stream, which as a whole may be of any length."""
    body_timeout: float = 10.0
    """A client must have sent its event or array within this time."""
    stream_timeout: float = 60.0
    """A client of a stream must send or take something within this time."""
    rate: float | None = None
    """Requests a second for each client; None: any number."""
    burst: int = 20
    """Requests that a client may make at once after a rest."""
    max_waiting: int = 128
    """Requests of one bundle that may be under way or wait; more are answered with 503."""
    clock: bool = True
    """Whether rules are told the time of the request (`time.now()`, periods of validity)."""
    watch: float | None = None
    """Look every so many seconds whether the files of a bundle have changed; None: never."""
