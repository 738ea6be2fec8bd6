"""ringfence: run untrusted rule bundles in a WebAssembly sandbox, under limits of fuel, memory and time.

import ringfence as rf

rules = rf.Runtime().load("bundles/gateway")
decision = rules.evaluate({"path": "/admin", "client_ip": "203.0.113.9"})
"""

from ringfence.bundle import Bundle
from ringfence.decision import Decision
from ringfence.errors import (
    BundleError,
    CheckpointError,
    ClosedError,
    DeadlineExceeded,
    Diagnostic,
    EvaluationError,
    Frame,
    FuelExhausted,
    HeapError,
    InputError,
    IsolateTrapped,
    KeyFileError,
    MemoryExceeded,
    MissingExtraError,
    RingfenceError,
    RuleError,
    SignatureError,
)
from ringfence.heap.heap import Heap, HeapObject
from ringfence.limits import Limits
from ringfence.program import Execution
from ringfence.rule import Rule
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.session import Session
from ringfence.statistics import Pauses, Statistics

__version__ = "0.1.0"

__all__ = [
    "Bundle",
    "BundleError",
    "CheckpointError",
    "ClosedError",
    "DeadlineExceeded",
    "Decision",
    "Diagnostic",
    "EvaluationError",
    "Execution",
    "Frame",
    "FuelExhausted",
    "Heap",
    "HeapError",
    "HeapObject",
    "InputError",
    "IsolateTrapped",
    "KeyFileError",
    "Limits",
    "MemoryExceeded",
    "MissingExtraError",
    "Pauses",
    "RingfenceError",
    "Rule",
    "RuleError",
    "RuleSet",
    "Runtime",
    "Session",
    "SignatureError",
    "Statistics",
]
