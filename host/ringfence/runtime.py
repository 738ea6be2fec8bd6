"""The entrance: a runtime loads bundles and runs programs.

A loaded bundle is the memory of an isolate that loaded it, made into an image (`image.py`). Loading happens in the sandbox as
well, under a budget of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, overload

from ringfence.abi import Status, encode_files
from ringfence.bundle import Bundle, BundleUse, RequiredKeys
from ringfence.checking.fields import field_findings
from ringfence.checking.fuel import EVENT_BYTES, fuel_bound
from ringfence.checking.review import Review, rule_findings, sorted_findings
from ringfence.closing import Local
from ringfence.contents import source_bytes
from ringfence.engine import Engine, shared_engine
from ringfence.errors import BundleError, Diagnostic, MemoryExceeded, RuleError, SnapshotError, UsageError
from ringfence.evaluation import Evaluation
from ringfence.events import Event
from ringfence.functions import Functions, HostFunctions
from ringfence.guest import built_guest
from ringfence.handles.brand import Brand
from ringfence.image import encode
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.limits import (
    BUNDLE_CEILING,
    CALLER_CEILING,
    EVENT_DEFAULTS,
    MEBIBYTE,
    PAGE_BYTES,
    PROGRAM_DEFAULTS,
    Budget,
    Limits,
    format_size,
)
from ringfence.lines import COVERED_PATIENCE
from ringfence.loaded import LoadedBundle, make_image, rules_of
from ringfence.manifest import MANIFEST_NAME, Manifest, checked_options
from ringfence.program import Execution, KeptOutput, run_program
from ringfence.provenance import Provenance, check_guest
from ringfence.reports import as_bundle_error, loading_failure, warnings
from ringfence.resuming import BundlesOfSnapshots
from ringfence.ruleset import RuleSet
from ringfence.snapshot import Snapshot
from ringfence.statistics import Statistics

PROGRAM_NAME = "main.star"

LARGEST_EVENT_BYTES = 16 * MEBIBYTE
"""No event is larger."""

LEAST_ROOM = MEBIBYTE
"""What a memory limit must leave beside the guest itself."""

CEILING_ADVICE = "Ask for less, or raise Runtime(ceiling=...)."
NO_BUNDLE = "Load the bundle and use RuleSet.resume, or take the snapshot with bundle=True."
NO_FUNCTIONS = "Provide them with Runtime.resume(..., functions={...})."


class Runtime(Local):
    """Loads bundles and runs programs. Cheap: the engine and the compiled guest are shared by the whole process."""

    def __init__(self, *, ceiling: Limits | None = None) -> None:
        """`ceiling` bounds what callers and bundles may ask for. Without one, callers may ask for what the machine can do,
        and bundles, which are not trusted, for moderate limits."""
        self.engine: Engine = shared_engine(built_guest())
        """The compiled guest, for this package's own commands."""
        bounds = Limits.checked(ceiling)
        self._caller_ceiling = bounds.over(CALLER_CEILING)
        self._bundle_ceiling = bounds.over(BUNDLE_CEILING)
        largest = Budget.of(self._caller_ceiling, EVENT_DEFAULTS).memory
        self._snapshots = BundlesOfSnapshots(self.engine, largest, self._event_budget)

    @property
    def guest_digest(self) -> str:
        """The guest's version: the SHA-256 of its code."""
        return self.engine.guest.digest

    @overload
    def load(
        self,
        bundle: Bundle | str | os.PathLike[str],
        *,
        limits: Limits | None = None,
        functions: Functions | None = None,
        require_signature: RequiredKeys = (),
    ) -> RuleSet: ...
    @overload
    def load(
        self,
        bundle: Bundle | str | os.PathLike[str],
        *,
        limits: Limits | None = None,
        functions: Functions | None = None,
        require_signature: RequiredKeys = (),
        brand: type[Brand],
    ) -> RuleSet[Brand]: ...
    def load(
        self,
        bundle: Bundle | str | os.PathLike[str],
        *,
        limits: Limits | None = None,
        functions: Functions | None = None,
        require_signature: RequiredKeys = (),
        brand: type[Any] | None = None,
    ) -> RuleSet[Any]:
        """Load a bundle, given as an object, or as its folder or package. Raises `BundleError`, or a limit's own error.

        `functions` are what its rules may call, by name: plain functions or coroutine functions of JSON values. The bundle says
        in `[functions]` which ones it asks for. `require_signature` is a file or folder of public keys, or several: a package
        is loaded only if it is signed with one key of each, and a folder never (`SignatureError`). `brand` is any class: it
        tells type checkers the handles of this rule set from those of others (`RuleSet.enter`).
        """
        if not isinstance(bundle, Bundle):
            bundle = Bundle.from_path(bundle, require_signature=require_signature)
        elif require_signature:
            raise UsageError(
                "a bundle that has been read carries no signature",
                advice="Give the package's path to load, or require_signature to Bundle.from_file.",
            )
        host_functions = HostFunctions(bundle.manifest.functions, functions or {})
        return self.load_bundle(bundle, limits=limits).rule_set(host_functions, brand)

    def load_bundle(
        self,
        bundle: Bundle,
        *,
        limits: Limits | None = None,
        use: BundleUse = BundleUse.EVENTS,
        covered: bool = False,
    ) -> LoadedBundle:
        """Load a bundle, for this package's own commands; `load` gives it functions of the host.

        `use` says what for; tests have the budget that loading has. `covered`: its isolates note which lines run, which takes
        them much longer.
        """
        budget = self._event_budget(bundle.manifest, limits)
        if covered:
            budget = replace(budget, deadline=budget.deadline * COVERED_PATIENCE)
        loader = self._start("load", bundle, budget, use=use, covered=covered)
        if use == BundleUse.TESTS:
            budget = budget.for_loading()
        try:
            said = loader.output()
            loader.set_event_budget(budget)
            memory = loader.memory()
            size = len(memory)
            binary = encode(memory)
            del memory
        finally:
            # Before the image is compiled, so that the bundle is not in memory once more.
            loader.close()
        image = make_image(self.engine, binary, size, budget)
        provenance = Provenance(self.engine, image, budget, bundle.digest, bundle.manifest_text, said)
        return LoadedBundle(self.engine, image, budget, bundle.manifest, said, provenance)

    def resume(
        self,
        snapshot: bytes,
        *,
        limits: Limits | None = None,
        functions: Functions | None = None,
    ) -> Evaluation:
        """Go on from a self-contained snapshot, `Evaluation.snapshot()`, perhaps of another process or machine.

        The limits are these, or what its bundle asks for below the ceiling; the functions are these. Raises `SnapshotError` if it
        is damaged, of another guest, without its bundle, or if its bundle asks for functions that are not given.
        """
        read = Snapshot.read(snapshot)
        check_guest(read.origin, self.guest_digest)
        if not read.has_bundle:
            raise SnapshotError("the snapshot does not contain its bundle", advice=NO_BUNDLE)
        loaded = self._snapshots.find(read, limits)
        try:
            host_functions = HostFunctions(loaded.manifest.functions, functions or {})
        except BundleError as failure:
            raise SnapshotError(failure.message, advice=NO_FUNCTIONS) from failure
        return loaded.rule_set(host_functions).continued(read)

    def check(
        self, bundle: Bundle | str | os.PathLike[str], *, limits: Limits | None = None
    ) -> list[Diagnostic]:
        """Every error of a bundle; none when it loads. `review` finds more."""
        findings = self.review(bundle, limits=limits).findings
        return [finding for finding in findings if finding.severity == "error"]

    def review(
        self,
        bundle: Bundle | str | os.PathLike[str],
        *,
        limits: Limits | None = None,
        event_bytes: int = EVENT_BYTES,
        samples: Iterable[Event] | None = None,
        counted: Callable[[Statistics], object] = lambda _: None,
    ) -> Review:
        """Every finding about a bundle, warnings and notes included, and what events of so many bytes cost at most.

        With `samples`, events like those that the rules will see, fields that none of them has are found as well. Functions
        of the host need not be provided. `counted` is told what loading cost, wherever it ended; unless it did not
        begin, or broke the guest.
        """
        if not 0 < event_bytes <= LARGEST_EVENT_BYTES:
            raise ValueError(
                f"event_bytes is a number of bytes up to {LARGEST_EVENT_BYTES}, not {event_bytes!r}"
            )
        try:
            if not isinstance(bundle, Bundle):
                bundle = Bundle.from_path(bundle)
            loader = self._start("check", bundle, self._event_budget(bundle.manifest, limits), counted)
        except BundleError as error:
            if not error.diagnostics:
                raise
            return Review(sorted_findings(error.diagnostics))
        try:
            counted(loader.statistics())
            said = loader.output()
            told = loader.bound(event_bytes)
            fields = loader.fields() if samples is not None else b"[]"
        except IsolateBroken as broken:
            raise broken.error from None
        finally:
            loader.close()
        rules, _ = rules_of(said)
        manifest = bundle.manifest
        bound = fuel_bound(told, rules, manifest.hit_policy, manifest.default, event_bytes)
        found = [*warnings(said), *rule_findings(bundle, rules, bound)]
        if samples is not None:
            found += field_findings(bundle, fields, samples)
        return Review(sorted_findings(found), bound)

    def execute(
        self,
        source: str | bytes,
        *,
        options: Sequence[str] = (),
        limits: Limits | None = None,
        args: Any = None,
    ) -> Execution:
        """Run one program in a fresh isolate; what it printed and what it cost. Raises `BundleError` or its error's class."""
        output = KeptOutput()
        code = source_bytes(source, PROGRAM_NAME)
        budget = self.program_budget(limits)
        stats = run_program(
            self.engine, code, PROGRAM_NAME, budget, checked_options(options), args, output.write
        )
        return Execution(output.text(), stats)

    def program_budget(self, limits: Limits | None) -> Budget:
        """What a program may use; raises `UsageError` above the ceiling."""
        asked = Limits.checked(limits)
        if excess := asked.excess(self._caller_ceiling):
            raise UsageError(excess, advice=CEILING_ADVICE)
        budget = Budget.of(asked, PROGRAM_DEFAULTS.within(self._caller_ceiling))
        self._check_room(budget)
        return budget

    def _event_budget(self, manifest: Manifest, limits: Limits | None) -> Budget:
        """The caller's limits, then the bundle's, then the defaults; each at most its ceiling."""
        asked, wanted = Limits.checked(limits), manifest.limits
        if excess := asked.excess(self._caller_ceiling):
            raise UsageError(excess, advice=CEILING_ADVICE)
        # What the caller decides, the bundle does not ask for any more.
        wanted = Limits(
            fuel=None if asked.fuel else wanted.fuel,
            memory=None if asked.memory else wanted.memory,
            deadline=None if asked.deadline else wanted.deadline,
        )
        if excess := wanted.excess(self._bundle_ceiling):
            raise BundleError(
                "the bundle does not load",
                diagnostics=[Diagnostic(MANIFEST_NAME, f"[limits] {excess}")],
                advice="Ask for less, or give the limit yourself: the caller's limits override the bundle's.",
            )
        budget = Budget.of(asked.over(wanted), EVENT_DEFAULTS.within(self._bundle_ceiling))
        self._check_room(budget)
        return budget

    def _check_room(self, budget: Budget) -> None:
        """The guest's own stacks and buffers count as well: a limit that leaves nothing for rules is refused at once."""
        least = self.engine.base.pages * PAGE_BYTES
        if budget.memory < least + LEAST_ROOM:
            raise MemoryExceeded(
                f"a memory limit of {format_size(budget.memory)} leaves no room for rules",
                advice=f"The guest itself takes {format_size(least)}: raise the limit where it is given, as --memory 16MiB, "
                'Limits(memory="16MiB") or [limits] memory = "16MiB".',
            )

    def _start(
        self,
        function: str,
        bundle: Bundle,
        budget: Budget,
        counted: Callable[[Statistics], object] = lambda _: None,
        *,
        use: BundleUse = BundleUse.EVENTS,
        covered: bool = False,
    ) -> Isolate:
        """An isolate in which the guest's `load` or `check` has done its work. Otherwise `counted` is told what it cost, and the
        error that it ended in is raised.
        """
        files = {path: bundle.files[path] for path in sorted(bundle.files)}
        configuration = bundle.configuration(_seed(bundle), use=use, covered=covered)
        try:
            loader = Isolate(self.engine, self.engine.base, budget.for_loading())
            status = loader.start(function, encode_files({"": configuration, **files}))
        except IsolateBroken as broken:
            raise broken.error from None
        if status == Status.DONE:
            return loader
        failure = loading_failure(loader.output(), loader.fuel_used)
        counted(loader.statistics())
        loader.close()
        if isinstance(failure, RuleError):
            raise as_bundle_error(failure) from failure
        raise failure


def _seed(bundle: Bundle) -> int:
    """The seed of the bundle's hash tables: the same on every machine, and unknown to who sends events."""
    return int.from_bytes(bytes.fromhex(bundle.digest)[:4], "little")
