"""Resuming self-contained snapshots: the bundle in one becomes an image again, and is kept for the next snapshot of it.

`Runtime.resume` uses this. What is read here may have been made up by anybody: it is bounded, checked for its form, and then as
trusted as a bundle, which is not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ringfence.delta import DeltaError
from ringfence.engine import Engine
from ringfence.errors import BundleError, EvaluationError, SnapshotError
from ringfence.image import encode
from ringfence.limits import Budget, Limits
from ringfence.loaded import LoadedBundle, make_image, rules_of
from ringfence.manifest import Manifest, parse_manifest
from ringfence.provenance import Provenance, rebuilt
from ringfence.snapshot import DAMAGED, Snapshot

KEPT_BUNDLES = 8
"""Bundles of snapshots that stay loaded; those used last."""


class BundlesOfSnapshots:
    """The bundles of self-contained snapshots that were resumed last. Threads may share it."""

    def __init__(
        self, engine: Engine, largest_memory: int, budget_of: Callable[[Manifest, Limits | None], Budget]
    ) -> None:
        """`budget_of` decides a bundle's limits from its manifest and the caller's: at most `largest_memory` bytes."""
        self._engine = engine
        self._largest_memory = largest_memory
        self._budget_of = budget_of
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Limits | None], LoadedBundle] = {}

    def find(self, snapshot: Snapshot, limits: Limits | None) -> LoadedBundle:
        """The bundle of a self-contained snapshot, under these limits. Raises `SnapshotError`, or a limit's own error."""
        key = (snapshot.bundle_key, limits)
        with self._lock:
            known = self._kept.pop(key, None) or self._unpack(snapshot, limits)
            self._kept[key] = known
            if len(self._kept) > KEPT_BUNDLES:
                del self._kept[next(iter(self._kept))]
        return known

    def _unpack(self, snapshot: Snapshot, limits: Limits | None) -> LoadedBundle:
        origin = snapshot.origin
        loaded = snapshot.bundle(self._largest_memory)
        try:
            manifest = parse_manifest(loaded.manifest.decode())
            budget = self._budget_of(manifest, limits)
        except (UnicodeDecodeError, BundleError) as failure:
            raise _not_loading(failure) from failure
        try:
            memory, digest = rebuilt(self._engine, loaded.image, budget)
            rules_of(loaded.said)
        except (DeltaError, BundleError, EvaluationError) as failure:
            raise _not_loading(failure) from failure
        if digest != origin.image:
            raise SnapshotError("the bundle in the snapshot is not the one of its evaluation", advice=DAMAGED)
        image = make_image(self._engine, encode(memoryview(memory)), len(memory), budget)
        provenance = Provenance(self._engine, image, budget, origin.bundle, loaded.manifest, loaded.said)
        return LoadedBundle(self._engine, image, budget, manifest, loaded.said, provenance)


def _not_loading(failure: Exception) -> SnapshotError:
    """The error of a bundle in a snapshot that does not load."""
    return SnapshotError(f"the bundle in the snapshot does not load: {failure}", advice=DAMAGED)
