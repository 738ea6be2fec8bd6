"""The rules of a bundle as a table: what `declaration.py` declares while a bundle loads, in the order in which it is tried.

Rules are tried by descending priority, and in order of declaration where it is equal; under the hit policy `rule-order` in
order of declaration alone. Rules that are not enabled come last and are never tried. The table and all it refers to are frozen
with the bundle; a rule's place in it is its number everywhere.
"""

from guest.compiler.language import (
    Array,
    Object,
    Value,
    cast,
    i64,
    inline,
    need,
    u32,
)
from guest.heap.allocate import old_array_value
from guest.heap.views import Slots, slots_of
from guest.library.sorting import sorted_positions
from guest.library.time_values import Time
from guest.values.charges import charge_items
from guest.values.dict import Dict, dict_new, entry_value
from guest.values.function import Builtin, Function
from guest.values.integer import make_int
from guest.values.text import Str
from guest.values.tuple import Tuple

NO_RULE = 0xFFFFFFFF


class Rule(Object):
    """One declared rule. `when` is undefined if the rule always matches."""

    priority: i64
    name: Str
    path: Str  # of the module that holds the call of rule()
    position: u32
    file: Str  # of the module whose toplevel declared it: the rule's group
    when: Value
    then: Value
    enabled: bool
    tags: Tuple  # of strings
    description: Str | None
    valid_from: Time | None  # the first moment at which it is in effect
    valid_to: Time | None  # the first one at which it is no more


@inline
def is_function(value: Value) -> bool:
    """Whether a value can be called with the event; as a `then`, anything else is the decision itself."""
    return isinstance(value, Function) or isinstance(value, Builtin)


# While a bundle loads: the rules by name, in order of declaration. None outside, where `rule` is refused.
declared: Dict | None = None
# The table, and beside it what `TEST_RULE` calls for each rule that is tried, born old: `when`, or the rule itself if it is
# not always in effect (`validity.py`).
rules: Array[Value] | None = None
predicates: Array[Value] | None = None
predicate_slots: Slots = Slots(0)
predicate_count: u32 = 0


def begin_rules() -> None:
    """A bundle starts to load: no rules yet."""
    global declared
    declared = dict_new(0)


def finish_rules(by_priority: bool) -> None:
    """The bundle has loaded: put what it declared in the order in which it is tried."""
    global declared, rules, predicates, predicate_slots, predicate_count
    known = need(declared)
    count = known.count
    charge_items(2 * count)
    priorities = Array[Value](count)
    for i in range(count):
        rule = cast(Rule, entry_value(known, i))
        priorities[i] = make_int(rule.priority if by_priority else 0)
    order = sorted_positions(priorities, True)
    table = Array[Value](count)
    tried = place_rules(table, known, order, True, 0)
    place_rules(table, known, order, False, tried)
    conditions = old_array_value(tried)
    for i in range(tried):
        rule = cast(Rule, table[i])
        conditions[i] = Value(rule) if is_dated(rule) else rule.when
    rules = table
    predicates = conditions
    predicate_slots = slots_of(conditions)
    predicate_count = tried
    declared = None


def place_rules(table: Array[Value], known: Dict, order: Array[u32], enabled: bool, start: u32) -> u32:
    """Put the rules that are enabled, or those that are not, into the table from `start` on; the place after them."""
    at = start
    for i in range(len(order)):
        rule = entry_value(known, order[i])
        if cast(Rule, rule).enabled == enabled:
            table[at] = rule
            at += 1
    return at


def is_dated(rule: Rule) -> bool:
    """Whether a rule is not always in effect."""
    return rule.valid_from is not None or rule.valid_to is not None


def rule_count() -> u32:
    """How many rules the bundle has."""
    return u32(len(need(rules)))


def rule_at(number: u32) -> Rule:
    """A rule by its place in the table."""
    return cast(Rule, need(rules)[number])
