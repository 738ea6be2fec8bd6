"""Loading a bundle: from a block of files to a frozen image with a table of rules.

Configuration, data files, modules, rules, in this order; every static error is found before anything runs. The host
is told what has been loaded, or why it has not:

    {"rules": [...], "decide": false, "persistent": false, "warnings": [...]}      see `listing.py`
    {"diagnostics": [{"path", "line", "column", "message", "source_line", "severity", "rule"}], "warnings": [...]}

Warnings are like diagnostics, and only looked for when a bundle is checked.
"""

from guest.compiler.language import UNDEFINED, Failure, Text, Value, cast, need, noinline, u32, u64
from guest.heap.allocate import forget_statistics
from guest.heap.coverage import begin_covering
from guest.heap.freeze import freeze_all
from guest.heap.value import NONE, TRUE
from guest.library import output
from guest.library.json_quote import emit_json_str, emit_json_text
from guest.library.output import emit_text, emit_unsigned
from guest.machine import decisions, exchange, modules, policy, rules
from guest.machine.blob import find_file, forget_files, read_files
from guest.machine.call_arity import warn_of_calls
from guest.machine.data import decode_documents
from guest.machine.dialect import read_configuration, read_options, read_seed, setting, wrong
from guest.machine.host_calls import declare_host_functions, open_host_calls
from guest.machine.lines import prepare_lines
from guest.machine.listing import emit_rules
from guest.machine.loaded import find_module
from guest.machine.modules import (
    begin_modules,
    compile_all,
    compile_from,
    sort_all_modules,
    sort_modules,
)
from guest.machine.names import declare_bundle_names
from guest.machine.persistence import begin_persistence, release_state
from guest.machine.policy import NO_POLICY, Policy, lists_matches, policy_named
from guest.machine.report import emit_source_line
from guest.machine.rules import finish_rules, is_function, rule_count
from guest.machine.status import Status
from guest.machine.testing import (
    choose_tests,
    compile_tests,
    declare_test_names,
    emit_tests,
    sort_tests,
)
from guest.machine.toplevel import execute_modules
from guest.meter import errors
from guest.meter.errors import Kind
from guest.syntax import diagnostics
from guest.syntax.diagnostics import Diagnostic
from guest.values import dict_index
from guest.values.dict import Dict, dict_get
from guest.values.function import COLUMN_BITS, MAX_COLUMN
from guest.values.interning import intern, intern_text
from guest.values.text import Str


def load_bundle(size: u32, check_all: bool) -> u32:
    """Load the bundle in the first `size` bytes of input; `check_all` compiles its unused files too.

    DONE: the image is ready, and what its events cost is counted from here on.
    FAILED: the output holds diagnostics, or the failure is in the error record.
    """
    output.output_length = 0
    begin_modules()
    diagnostics.warns = u32(check_all)
    read_files(size)
    configuration = read_configuration()
    options = read_options(configuration)
    dict_index.seed = read_seed(configuration)
    entry = entry_path(configuration)
    declare_bundle_names()
    declare_host_functions(configuration)
    is_for_tests = setting(configuration, "tests") == TRUE
    # For a conversation all modules run, and nothing needs to be there that decides.
    is_for_conversation = setting(configuration, "conversation") == TRUE
    if is_for_tests or is_for_conversation:
        declare_test_names()
    decode_documents()
    compile_entry(entry, options)
    if is_for_tests:
        compile_tests(options)
    if check_all or is_for_conversation or diagnostics.count != 0:
        # What a broken file loads is not known: all files are looked at, so that nothing remains to be told.
        compile_all(options)
    if diagnostics.count == 0:
        sort_modules(entry)
        modules.entry_module = find_module(entry)
        if is_for_conversation:
            sort_all_modules()
        if is_for_tests:
            sort_tests()
    if diagnostics.count != 0:
        emit_diagnostics()
        return Status.FAILED
    if setting(configuration, "covered") == TRUE:
        begin_covering()
    read_policy(configuration)
    rules.begin_rules()
    begin_persistence()
    status = execute_modules()
    if status == Status.STARVED:
        errors.kind = Kind.FUEL
    if status != Status.DONE:
        return Status.FAILED
    finish_rules(policy.policy != Policy.RULE_ORDER)
    if is_for_tests:
        choose_tests()
    elif not is_for_conversation:
        choose_decider(entry)
    if diagnostics.count != 0:
        emit_diagnostics()
        return Status.FAILED
    if check_all:
        warn_of_calls(entry)
    prepare_lines()
    if is_for_tests:
        emit_tests()
    else:
        emit_loaded()
    forget_files()
    freeze_all()
    open_host_calls()
    if not check_all:
        forget_statistics()
    return finish_state()


@noinline
def finish_state() -> u32:
    """Make the state that sessions change: the last thing that can fail."""
    try:
        release_state()
        return Status.DONE
    except Failure:
        output.output_length = 0
        return Status.FAILED


def entry_path(configuration: Dict) -> Str:
    """The path of the first module."""
    given = setting(configuration, "entry")
    if not isinstance(given, Str):
        wrong("entry", given)
    return intern(cast(Str, given))


def compile_entry(entry: Str, options: u32) -> None:
    """Compile the entry and what it loads."""
    if find_file(entry) is not None:
        compile_from(entry, options)
        return
    diagnostics.begin_file(entry)
    diagnostics.say("the bundle has no file of this name")
    diagnostics.report(0)


def read_policy(configuration: Dict) -> None:
    """The hit policy, and the decision when nothing matches."""
    given = setting(configuration, "hit_policy")
    if not isinstance(given, Str) or policy_named(cast(Str, given)) == NO_POLICY:
        wrong("hit_policy", given)
    policy.policy = policy_named(cast(Str, given))
    decisions.default_decision = setting(configuration, "default")
    if decisions.default_decision == UNDEFINED and not lists_matches():
        decisions.default_decision = NONE


def choose_decider(entry: Str) -> None:
    """A bundle without rules decides by `decide(event)`, which must be there."""
    policy.decide_function = UNDEFINED
    if rule_count() != 0:
        return
    module = need(find_module(entry)).module
    found = dict_get(module.exports, Value(intern_text("decide")))
    if is_function(found):
        policy.policy = u32(Policy.DECIDE)
        policy.decide_function = found
        return
    diagnostics.begin_file(entry)
    diagnostics.say(
        "the bundle declares no rule(...) and defines no function decide(event) "
        '(write one: rule("name", when = lambda event: ..., then = ...))'
    )
    diagnostics.report(0)


def emit_diagnostics() -> None:
    """Tell the host every diagnostic."""
    emit_text('{"diagnostics": [')
    emit_findings(diagnostics.first, "error")
    emit_text('], "warnings": [')
    emit_findings(diagnostics.first_warning, "warning")
    emit_text("]}")


def emit_loaded() -> None:
    """Tell the host what has been loaded, and every warning."""
    emit_rules()
    emit_text(', "warnings": [')
    emit_findings(diagnostics.first_warning, "warning")
    emit_text("]}")


def emit_findings(first: Diagnostic | None, severity: Text) -> None:
    """The errors, or the warnings, of a chain."""
    entry = first
    while entry is not None:
        if entry is not first:
            emit_text(", ")
        line = entry.position >> COLUMN_BITS
        emit_text('{"path": ')
        emit_json_str(entry.path)
        emit_text(', "line": ')
        emit_unsigned(u64(line))
        emit_text(', "column": ')
        emit_unsigned(u64(entry.position & MAX_COLUMN))
        emit_text(', "message": ')
        emit_json_str(entry.message)
        emit_text(', "source_line": ')
        emit_line_of_file(entry.path, line)
        emit_text(', "severity": ')
        emit_json_text(severity)
        emit_text(', "rule": ')
        emit_json_text(entry.rule)
        emit_text("}")
        entry = entry.next


def emit_line_of_file(path: Str, line: u32) -> None:
    """The text of a line (from 1) of a file of the block, as a JSON string; empty for line 0."""
    file = find_file(path)
    if file is None or line == 0:
        emit_text('""')
        return
    emit_source_line(need(exchange.input_buffer), file.start, file.length, line)
