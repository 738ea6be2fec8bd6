"""The rules of a bundle: the built-in `rule()` that declares them, and the sorted table that the machine tries.

Rules are tried by descending priority, and in order of declaration where it is equal. The table and all it refers to
are frozen with the bundle.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Object,
    Value,
    cast,
    i64,
    inline,
    need,
    registered,
    u8,
    u32,
)
from guest.heap.allocate import old_array_value
from guest.heap.value import NONE
from guest.heap.views import Registers, Slots, register, slots_of
from guest.library.arguments import int_argument, is_given, refuse, str_argument, wrong_type
from guest.machine.places import current_path, current_position, say_place
from guest.values.describe import say_repr
from guest.values.failure import say, stop
from guest.values.function import Builtin, Function
from guest.values.list import List, list_append, list_new
from guest.values.text import Str, str_equal

NO_RULE = 0xFFFFFFFF


class Rule(Object):
    """One declared rule. `when` is undefined if the rule always matches."""

    priority: i64
    name: Str
    path: Str  # of the module that declared it
    position: u32
    when: Value
    then: Value
    decision_bytes: u32  # of the decision in `line`
    line: (
        Array[u8] | None
    )  # the event's result line up to the fuel, if it is the same for every event (`lines.py`)


@inline
def is_function(value: Value) -> bool:
    """Whether a value can be called with the event; as a `then`, anything else is the decision itself."""
    return isinstance(value, Function) or isinstance(value, Builtin)


# While a bundle loads: the rules in order of declaration. None outside, where `rule` is refused.
declared: List | None = None
# The sorted table, and beside it what `TEST_RULE` calls: `when` by rule number, born old.
rules: Array[Value] | None = None
predicates: Array[Value] | None = None
predicate_slots: Slots = Slots(0)
predicate_count: u32 = 0


def begin_rules() -> None:
    """A bundle starts to load: no rules yet."""
    global declared
    declared = list_new(0)


@registered("builtin", "rule(name, /, *, priority?, when?, then?)")
def builtin_rule(arguments: Registers) -> Value:
    """Declare a rule of the bundle."""
    name = str_argument(arguments, 0, "rule", "name")
    known = declared
    if known is None:
        refuse("rule", "rules are declared while the bundle loads")
    check_new_name(known, name)
    priority: i64 = 0
    if is_given(arguments, 1):
        priority = int_argument(arguments, 1, "rule", "priority")
    when = register(arguments, 2)
    if when == NONE:
        when = UNDEFINED
    if when != UNDEFINED and not is_function(when):
        wrong_type("rule", "when", when, "function of the event")
    then = register(arguments, 3)
    rule = Rule(
        priority=priority,
        name=name,
        path=current_path(),
        position=current_position(),
        when=when,
        then=NONE if then == UNDEFINED else then,
        decision_bytes=0,
        line=None,
    )
    list_append(need(declared), Value(rule))
    return NONE


def check_new_name(known: List, name: Str) -> None:
    """Refuse a name that is empty or taken."""
    if len(name.data) == 0:
        refuse("rule", "the name is empty")
    for i in range(known.count):
        other = cast(Rule, known.items[i])
        if str_equal(other.name, name):
            say("rule: a rule named ")
            say_repr(Value(name))
            say(" is already declared at ")
            say_place(other.path, other.position)
            stop()


def finish_rules() -> None:
    """The bundle has loaded: sort what it declared into the table."""
    global declared, rules, predicates, predicate_slots, predicate_count
    order = need(declared)
    count = order.count
    table = Array[Value](count)
    for i in range(count):
        at = i
        rule = cast(Rule, order.items[i])
        # Insertion from the end keeps equal priorities in order.
        while at != 0 and cast(Rule, table[at - 1]).priority < rule.priority:
            table[at] = table[at - 1]
            at -= 1
        table[at] = Value(rule)
    conditions = old_array_value(count)
    for i in range(count):
        conditions[i] = cast(Rule, table[i]).when
    rules = table
    predicates = conditions
    predicate_slots = slots_of(conditions)
    predicate_count = count
    declared = None


def rule_count() -> u32:
    """How many rules the bundle has."""
    return u32(len(need(rules)))


def rule_at(number: u32) -> Rule:
    """A rule by its place in the table."""
    return cast(Rule, need(rules)[number])
