"""ringfence: run untrusted rule bundles in a WebAssembly sandbox, under limits of fuel, memory and time.

import ringfence as rf

rules = rf.Runtime().load("bundles/gateway")
decision = rules.evaluate({"path": "/admin", "client_ip": "203.0.113.9"})
"""

from ringfence.bundle import Bundle
from ringfence.decision import Decision
from ringfence.errors import (
    AbsentAttribute,
    AbsentIndex,
    AbsentKey,
    AbsentValue,
    BundleError,
    CheckpointError,
    ClosedError,
    ConversionError,
    DeadlineExceeded,
    Diagnostic,
    EvaluationError,
    Frame,
    FuelExhausted,
    HandleError,
    HeapError,
    HostFunctionError,
    InputError,
    IsolateTrapped,
    KeyFileError,
    MemoryExceeded,
    MissingExtraError,
    ReceiptError,
    RingfenceError,
    RuleError,
    SignatureError,
    SnapshotError,
    TableError,
    TokenFileError,
    UsageError,
)
from ringfence.evaluation import Evaluation, Suspension
from ringfence.explain import Explanation, Observation, Trial
from ringfence.functions import HostCall, HostFunction
from ringfence.handles.handle import (
    DictHandle,
    FunctionHandle,
    Handle,
    ListHandle,
    ObjectHandle,
    RangeHandle,
    SetHandle,
    StructHandle,
    TupleHandle,
)
from ringfence.handles.live_heap import LiveHeap
from ringfence.heap.heap import Heap, HeapObject
from ringfence.limits import Limits
from ringfence.program import Execution
from ringfence.receipt import Receipt, RecordedCall
from ringfence.replay import Difference, Replay
from ringfence.rule import Rule
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.scheduler import Scheduler
from ringfence.session import Session
from ringfence.statistics import Pauses, Statistics
from ringfence.where import ActiveCall, Where

__version__ = "0.1.0"

__all__ = [
    "AbsentAttribute",
    "AbsentIndex",
    "AbsentKey",
    "AbsentValue",
    "ActiveCall",
    "Bundle",
    "BundleError",
    "CheckpointError",
    "ClosedError",
    "ConversionError",
    "DeadlineExceeded",
    "Decision",
    "Diagnostic",
    "DictHandle",
    "Difference",
    "Evaluation",
    "EvaluationError",
    "Execution",
    "Explanation",
    "Frame",
    "FuelExhausted",
    "FunctionHandle",
    "Handle",
    "HandleError",
    "Heap",
    "HeapError",
    "HeapObject",
    "HostCall",
    "HostFunction",
    "HostFunctionError",
    "InputError",
    "IsolateTrapped",
    "KeyFileError",
    "Limits",
    "ListHandle",
    "LiveHeap",
    "MemoryExceeded",
    "MissingExtraError",
    "ObjectHandle",
    "Observation",
    "Pauses",
    "RangeHandle",
    "Receipt",
    "ReceiptError",
    "RecordedCall",
    "Replay",
    "RingfenceError",
    "Rule",
    "RuleError",
    "RuleSet",
    "Runtime",
    "Scheduler",
    "Session",
    "SetHandle",
    "SignatureError",
    "SnapshotError",
    "Statistics",
    "StructHandle",
    "Suspension",
    "TableError",
    "TokenFileError",
    "Trial",
    "TupleHandle",
    "UsageError",
    "Where",
]
