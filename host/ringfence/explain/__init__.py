"""Explanations: why an event was decided as it was. `explanation.py` has the objects, the other files make and show them."""

from ringfence.explain.explanation import Explanation, Outcome, Trial
from ringfence.explain.observations import Observation

__all__ = ["Explanation", "Observation", "Outcome", "Trial"]
