"""Calls whose arguments fit no parameters: what `check` warns of without calling anything.

Once a bundle has loaded, the name of a global, of what was loaded or of a built-in stands for one function, so the arguments
in a call by such a name can be held against its parameters. The functions of rules are called with the event alone. Calls of
what a variable or an attribute holds, and those with `*` and `**`, are not looked at.
"""

from guest.compiler.language import UNDEFINED, Array, Value, cast, need, u32
from guest.heap.operands import high_half, low_half, operand_a, operand_b, operand_bx
from guest.machine import binding, policy
from guest.machine.binding import ABSENT, describe_builtin, describe_code, parameter_named
from guest.machine.code_words import position_of_word, size_of
from guest.machine.event_fields import writes
from guest.machine.loaded import find_module, module_at, module_count
from guest.machine.policy import Policy
from guest.machine.rules import rule_at, rule_count
from guest.meter.fuel import charge
from guest.syntax import diagnostics
from guest.syntax.diagnostics import begin_file, say, say_name, say_number, warn
from guest.syntax.opcode import Op
from guest.values.dict import dict_get
from guest.values.function import Builtin, Code, Function
from guest.values.interning import intern_text
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_new

WORK = 2  # units for one instruction
NAME = "call-arguments"


def warn_of_calls(entry: Str) -> None:
    """Record a warning for each call in the bundle that can only fail. The rules have been declared."""
    if diagnostics.warns == 0:
        return
    for i in range(module_count()):
        module = module_at(i).module
        begin_file(module.path)
        for at in range(module.globals, u32(len(module.slots))):
            constant = module.slots[at]
            if isinstance(constant, Code):
                look_into(cast(Code, constant))
    for i in range(rule_count()):
        rule = rule_at(i)
        if not takes_event(rule.when) or not takes_event(rule.then):
            begin_file(rule.path)
            say("when" if not takes_event(rule.when) else "then")
            say(
                " of this rule cannot be called with the event alone (give it one parameter: lambda event: ...)"
            )
            warn(rule.position, NAME)
    look_at_decide(entry)


def look_at_decide(entry: Str) -> None:
    """Whether the function `decide` is called by anybody, and can be."""
    found = dict_get(need(find_module(entry)).module.exports, Value(intern_text("decide")))
    if not isinstance(found, Function):
        return
    code = cast(Function, found).code
    if code.module.path is not entry:
        return
    begin_file(entry)
    if policy.policy == Policy.DECIDE:
        if not takes_event(found):
            say(
                "decide cannot be called with the event alone (give it one parameter: def decide(event): ...)"
            )
            warn(code.position, NAME)
    elif not is_used_by_rules(found):
        say("decide(event) decides nothing: the bundle declares rules (remove one of the two)")
        warn(code.position, "unused-decide")


def is_used_by_rules(function: Value) -> bool:
    """Whether a rule has this very function."""
    for i in range(rule_count()):
        if rule_at(i).when == function or rule_at(i).then == function:
            return True
    return False


def takes_event(function: Value) -> bool:
    """Whether what a rule has can be called with the event alone; what is no function is not called."""
    return not describe(function) or (
        (binding.positional != 0 or binding.args_at != ABSENT)
        and first_missing(function, 1, tuple_new(0)) == ABSENT
    )


def look_into(code: Code) -> None:
    """Warn of the calls in one function."""
    known = Array[Value](code.registers)
    for i in range(code.registers):
        known[i] = UNDEFINED
    none = tuple_new(0)
    words = code.words
    at: u32 = 0
    while at < len(words):
        charge(WORK)
        word = words[at]
        a = operand_a(word)
        match word & 255:
            case Op.CALL_SLOT:
                callee = code.module.slots[low_half(words[at + 1])]
                look_at_call(code, at, callee, operand_b(word), none)
            case Op.CALL_SPREAD:
                if high_half(words[at + 1]) == 0:
                    names = cast(Tuple, code.module.slots[low_half(words[at + 1])])
                    look_at_call(code, at, known[a], operand_b(word), names)
            case _:
                pass
        if writes(word & 255) and a < len(known):
            known[a] = UNDEFINED
            if word & 255 == Op.LOAD_SLOT or word & 255 == Op.GET_GLOBAL:
                known[a] = code.module.slots[operand_bx(word)]
        at += size_of(word)


def look_at_call(code: Code, at: u32, callee: Value, given: u32, names: Tuple) -> None:
    """Warn of a call with so many positional arguments, and others by these names, if it can only fail."""
    if not describe(callee):
        return
    if given > binding.positional and binding.args_at == ABSENT:
        say_name(need(binding.name))
        say(" is given ")
        say_number(given)
        say(" positional arguments, and takes " if given > 1 else " positional argument, and takes ")
        say_number(binding.positional)
        finish(code, at)
        return
    for i in range(len(names.items)):
        if parameter_named(names.items[i]) == ABSENT and binding.kwargs_at == ABSENT:
            say_name(need(binding.name))
            say(" has no parameter ")
            say_name(cast(Str, names.items[i]))
            finish(code, at)
            return
    missing = first_missing(callee, given, names)
    if missing != ABSENT:
        say_name(need(binding.name))
        say(" is called without the argument ")
        say_name(cast(Str, need(binding.parameters).items[missing]))
        finish(code, at)


def describe(callee: Value) -> bool:
    """Tell `binding.py` which function it is about; False for what is none."""
    if isinstance(callee, Function):
        describe_code(cast(Function, callee).code)
        return True
    if isinstance(callee, Builtin):
        describe_builtin(cast(Builtin, callee).name, cast(Builtin, callee).signature)
        return True
    return False


def first_missing(callee: Value, given: u32, names: Tuple) -> u32:
    """The first parameter of the described callee that must have an argument and has none; ABSENT if there is none."""
    for i in range(given, binding.required_count):
        if not is_among(names, need(binding.parameters).items[i]):
            return i
    if isinstance(callee, Function):
        function = cast(Function, callee)
        for i in range(binding.keywords_start, binding.keywords_end):
            default = function.defaults.items[i - binding.required_count]
            if default == UNDEFINED and not is_among(names, need(binding.parameters).items[i]):
                return i
    return ABSENT


def is_among(names: Tuple, name: Value) -> bool:
    """Whether an interned name is one of these."""
    for i in range(len(names.items)):
        if names.items[i] == name:
            return True
    return False


def finish(code: Code, at: u32) -> None:
    """Complete a warning with the parameters that there are, and record it at the instruction at a word."""
    parameters = need(binding.parameters)
    say(" (its parameters: " if len(parameters.items) != 0 else " (it has no parameters")
    for i in range(len(parameters.items)):
        if i != 0:
            say(", ")
        say_name(cast(Str, parameters.items[i]))
    say(")")
    warn(position_of_word(code, at), NAME)
