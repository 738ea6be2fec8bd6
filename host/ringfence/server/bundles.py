"""The bundles that are served, by name, and their replacement while requests are under way.

What a bundle's files once held is a *generation*. A reload puts a new one in the place of the current one; requests keep the one
that they began with, and it is closed when the last of them is done. A bundle that does not load changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringfence.bundle import Bundle
from ringfence.errors import BundleError, RingfenceError
from ringfence.functions import Functions
from ringfence.limits import Limits
from ringfence.manifest import LISTING_POLICIES, suggestion
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.server.counts import Counts
from ringfence.server.problems import Problem
from ringfence.statistics import Statistics

SHOWN_DIGITS = 12
"""Of a digest, in the server's log."""

Source = Bundle | str | os.PathLike[str]
"""Where a bundle comes from: its folder, its package, or memory."""


class Generation:
    """A bundle as it was once loaded. Its users are counted by the event loop's thread."""

    def __init__(self, bundle: Bundle, rules: RuleSet[Any]) -> None:
        self.rules = rules
        rules.discard_prints()
        self.name = bundle.manifest.name
        self.version = bundle.manifest.version
        self.digest = bundle.digest
        self.loaded_at = datetime.now(UTC)
        self.names = rules.rules()
        """The rules, in the order in which records number them."""
        self.lists_rules = bundle.manifest.hit_policy in LISTING_POLICIES
        self.users = 0
        self.is_retired = False
        """Whether a newer generation has taken its place."""


@dataclass
class Loader:
    """How bundles are loaded: all with the same limits and host functions."""

    runtime: Runtime
    limits: Limits | None = None
    functions: Functions | None = None
    required_keys: Sequence[str | os.PathLike[str]] = ()

    def read(self, source: Source) -> Bundle:
        """The bundle in a folder or package. Raises `BundleError`."""
        if isinstance(source, Bundle):
            return source
        return Bundle.from_path(source, require_signature=self.required_keys)

    def load(self, bundle: Bundle) -> Generation:
        """Raises `BundleError`, or the error of a limit."""
        rules = self.runtime.load(bundle, limits=self.limits, functions=self.functions)
        # The first isolate of an image takes a millisecond, the others a tenth of that: no request is to wait for it.
        rules.isolate().close()
        return Generation(bundle, rules)


@dataclass
class Served:
    """One bundle under its name."""

    name: str
    source: Source
    current: Generation
    counts: Counts = field(default_factory=Counts)
    reloads: int = 0
    """How often its files held something new."""
    failed_reloads: int = 0
    failure: RingfenceError | OSError | None = None
    """Why its files as they are now do not load; None: what is served is what they hold."""
    retired: Statistics = field(default_factory=Statistics)
    """What the generations counted that are closed."""
    old: list[Generation] = field(default_factory=list)
    """Generations that still have users."""
    reloading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextlib.contextmanager
    def used(self) -> Iterator[Generation]:
        """The current generation, which stays open for as long as the `with` statement lasts."""
        generation = self.current
        generation.users += 1
        try:
            yield generation
        finally:
            generation.users -= 1
            if generation.is_retired and not generation.users:
                self._close(generation)

    def replace(self, generation: Generation) -> None:
        """From now on requests begin with this generation."""
        old, self.current = self.current, generation
        old.is_retired = True
        self.old.append(old)
        if not old.users:
            self._close(old)

    def _close(self, generation: Generation) -> None:
        generation.rules.close()
        self.old.remove(generation)
        self.retired += generation.rules.stats()

    def statistics(self) -> Statistics:
        """What all generations counted together."""
        total = self.retired
        for generation in (*self.old, self.current):
            total += generation.rules.stats()
        return total

    def describe(self) -> dict[str, Any]:
        """The bundle as `/v1/bundles` shows it."""
        current = self.current
        described: dict[str, Any] = {
            "name": self.name,
            "version": current.version,
            "digest": current.digest,
            "loaded_at": current.loaded_at.isoformat(timespec="milliseconds"),
            "rules": len(current.names),
            "reloads": self.reloads,
            "failed_reloads": self.failed_reloads,
        }
        if self.failure is not None:
            described["error"] = str(self.failure)
        return described


class Shelf:
    """All bundles that are served. The first one is the default."""

    def __init__(self, loader: Loader, sources: Sequence[Source], say: Callable[[str], None]) -> None:
        """Load them all. Raises `BundleError` if one does not load, or if two have the same name.

        `say` tells what happens later.
        """
        self._loader = loader
        self._say = say
        self.bundles: dict[str, Served] = {}
        try:
            for source in sources:
                generation = loader.load(loader.read(source))
                name = generation.name
                if name in self.bundles or "/" in name:
                    generation.rules.close()
                    what = (
                        "two bundles have the name" if name in self.bundles else "no path can hold the name"
                    )
                    raise BundleError(
                        f"{what} {name!r}", advice="Change it in bundle.toml: [bundle] name = ..."
                    )
                self.bundles[name] = Served(name, source, generation)
        except BaseException:
            self.close()
            raise
        if not self.bundles:
            raise ValueError("a server needs a bundle")

    @property
    def default(self) -> Served:
        """The bundle of `/v1/decide`."""
        return next(iter(self.bundles.values()))

    def named(self, name: str | None) -> Served:
        """The bundle of this name, or the default. Raises a `Problem` if there is none."""
        if name is None:
            return self.default
        if name not in self.bundles:
            raise Problem(404, f"there is no bundle {name!r}{suggestion(name, self.bundles)}")
        return self.bundles[name]

    async def reload(self, served: Served) -> bool:
        """Load the bundle's files again; whether they hold anything new. Raises why they do not load; then nothing changes."""
        async with served.reloading:
            try:
                generation = await asyncio.to_thread(self._newer, served)
            except (RingfenceError, OSError) as failure:
                served.failed_reloads += 1
                if str(failure) != str(served.failure):
                    self._say(f"{served.name}: the old rules stay, for the new ones do not load: {failure}")
                served.failure = failure
                raise
            served.failure = None
            if generation is None:
                return False
            served.reloads += 1
            served.replace(generation)
            self._say(
                f"{served.name}: reloaded, version {generation.version}, digest {generation.digest[:SHOWN_DIGITS]}"
            )
            return True

    def _newer(self, served: Served) -> Generation | None:
        """The bundle as its files are now; None if that is what is served."""
        bundle = self._loader.read(served.source)
        if bundle.manifest.name != served.name:
            raise BundleError(
                f"the bundle has another name now: {bundle.manifest.name!r}",
                advice=f"Call it {served.name!r} again, or start the server anew.",
            )
        if bundle.digest == served.current.digest:
            return None
        return self._loader.load(bundle)

    def close(self) -> None:
        """Close all rule sets."""
        for served in self.bundles.values():
            for generation in (*served.old, served.current):
                generation.rules.close()


async def watch(shelf: Shelf, seconds: float) -> None:
    """Reload, for as long as this runs, each bundle whose files change; looks every so many seconds.

    A change counts once two looks have found the same: files are seldom written all at once.
    """
    # Nothing is known of the files that were loaded at the start: they may have changed before the first look.
    loaded: dict[str, object] = dict.fromkeys(shelf.bundles)
    seen: dict[str, object] = dict.fromkeys(shelf.bundles)
    while True:
        await asyncio.sleep(seconds)
        for name, served in shelf.bundles.items():
            found = await _look(served)
            if found == seen[name] and found != loaded[name]:
                loaded[name] = found
                with contextlib.suppress(RingfenceError, OSError):  # told by `reload`
                    await shelf.reload(served)
            seen[name] = found


async def _look(served: Served) -> object:
    if isinstance(served.source, Bundle):
        return None
    return await asyncio.to_thread(_signature, Path(served.source))


def _signature(path: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What tells that files have changed: their names, times, sizes and numbers."""
    files = [path]
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(folder, name) for name in names]
    found: list[tuple[str, int, int, int]] = []
    for file in sorted(files):
        with contextlib.suppress(OSError):
            status = file.stat()
            found.append((str(file), status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)
