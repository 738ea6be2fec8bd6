"""What operators and other built-ins do with the values whose classes the library declares.

Each function here is how `guest/values/foreign.py` reaches one operation; it tells the classes apart and leaves the work to
the file of the type. The attributes of these types are registered where they are computed, as `ip.version` is.
"""

from guest.compiler.language import UNDEFINED, Object, Text, Value, cast, i32, i64, noinline, registered, u32
from guest.heap.weak import WeakMap, WeakReference
from guest.library.address import Ip
from guest.library.glob import Glob, hash_glob, repr_glob, same_glob
from guest.library.host_patterns import (
    Hosts,
    HostTable,
    contains_host,
    hash_hosts,
    repr_hosts,
    same_hosts,
    value_of_host,
)
from guest.library.namespace import Namespace, repr_namespace
from guest.library.net import (
    compare_addresses,
    contains_address,
    hash_address,
    hash_networks,
    repr_address,
    repr_networks,
    same_address,
    str_address,
    str_networks,
)
from guest.library.network_tables import CidrTable, value_in_table
from guest.library.networks import Cidr, cidr_equal
from guest.library.pattern_tables import repr_table
from guest.library.regex.methods import hash_regex, repr_regex, same_regex
from guest.library.regex.program import Regex
from guest.library.routes import (
    Path,
    RouteTable,
    contains_path,
    hash_path,
    repr_path,
    same_path,
    value_of_path,
)
from guest.library.time_format import add_time
from guest.library.time_spans import add_span
from guest.library.time_values import (
    Duration,
    Time,
    compare_durations,
    compare_times,
    hash_duration,
    hash_time,
    is_zero_time,
    time_operation,
)
from guest.library.url import hash_url, repr_url, same_url, str_url
from guest.library.url_parser import Url
from guest.library.weak_maps import repr_weak_map
from guest.library.weak_references import repr_weak_reference
from guest.values.builder import Builder
from guest.values.failure import say, stop
from guest.values.foreign import NO_ORDER
from guest.values.types import say_type


@registered("foreign_type")
def type_of_foreign(o: Object) -> Text:
    """The name of the type."""
    if isinstance(o, Ip):
        return "ip"
    if isinstance(o, Cidr):
        return "cidr"
    if isinstance(o, Namespace):
        return "module"
    if isinstance(o, Regex):
        return "regex"
    if isinstance(o, Glob):
        return "glob"
    if isinstance(o, Url):
        return "url"
    if isinstance(o, CidrTable):
        return "cidr_table"
    if isinstance(o, Hosts):
        return "host"
    if isinstance(o, HostTable):
        return "host_table"
    if isinstance(o, Path):
        return "path"
    if isinstance(o, RouteTable):
        return "route_table"
    if isinstance(o, WeakReference):
        return "weakref"
    if isinstance(o, WeakMap):
        return "weakmap"
    if isinstance(o, Time):
        return "time.time"
    if isinstance(o, Duration):
        return "time.duration"
    return "internal"


@registered("foreign_hash")
def hash_of_foreign(o: Object) -> u32:
    """The hash; 0, which none has, if the type is not hashable."""
    if isinstance(o, Ip):
        return hash_address(cast(Ip, o))
    if isinstance(o, Cidr):
        return hash_networks(cast(Cidr, o))
    if isinstance(o, Regex):
        return hash_regex(cast(Regex, o))
    if isinstance(o, Glob):
        return hash_glob(cast(Glob, o))
    if isinstance(o, Url):
        return hash_url(cast(Url, o))
    if isinstance(o, Time):
        return hash_time(cast(Time, o))
    if isinstance(o, Duration):
        return hash_duration(cast(Duration, o))
    if isinstance(o, Hosts):
        return hash_hosts(cast(Hosts, o))
    if isinstance(o, Path):
        return hash_path(cast(Path, o))
    return 0


@registered("foreign_equal")
def foreign_are_equal(a: Object, b: Object) -> bool:
    """Whether two objects of one class are equal."""
    if isinstance(a, Ip):
        return same_address(cast(Ip, a), cast(Ip, b))
    if isinstance(a, Cidr):
        return cidr_equal(cast(Cidr, a), cast(Cidr, b))
    if isinstance(a, Regex):
        return same_regex(cast(Regex, a), cast(Regex, b))
    if isinstance(a, Glob):
        return same_glob(cast(Glob, a), cast(Glob, b))
    if isinstance(a, Url):
        return same_url(cast(Url, a), cast(Url, b))
    if isinstance(a, Time) or isinstance(a, Duration):
        return order_of_foreign(a, b) == 0
    if isinstance(a, Hosts):
        return same_hosts(cast(Hosts, a), cast(Hosts, b))
    if isinstance(a, Path):
        return same_path(cast(Path, a), cast(Path, b))
    return a is b


@registered("foreign_order")
def order_of_foreign(a: Object, b: Object) -> i32:
    """How two objects of one class compare: negative, zero or positive; NO_ORDER if the class has no order."""
    if isinstance(a, Time):
        return compare_times(cast(Time, a), cast(Time, b))
    if isinstance(a, Duration):
        return compare_durations(cast(Duration, a), cast(Duration, b))
    if isinstance(a, Ip):
        return compare_addresses(cast(Ip, a), cast(Ip, b))
    return NO_ORDER


@registered("foreign_truth")
def truth_of_foreign(o: Object) -> bool:
    """Whether an object counts as true: all do but an empty weak map or table, a duration of no
    time and the first second of the year 1."""
    if isinstance(o, Duration):
        return cast(Duration, o).nanoseconds != 0
    if isinstance(o, Time):
        return not is_zero_time(cast(Time, o))
    if isinstance(o, WeakMap):
        return cast(WeakMap, o).count != 0
    return length_of_foreign(o) != 0


@registered("foreign_operation")
def operation_of_foreign(a: Value, operator: Text, b: Value) -> Value:
    """`a operator b`, where one of them is of the library; UNDEFINED if there is no such operation."""
    return time_operation(a, operator, b)


@registered("foreign_repr")
def repr_of_foreign(b: Builder, o: Object) -> None:
    """Append what `repr` shows."""
    if isinstance(o, Ip):
        repr_address(b, cast(Ip, o))
    elif isinstance(o, Cidr):
        repr_networks(b, cast(Cidr, o))
    elif isinstance(o, Namespace):
        repr_namespace(b, cast(Namespace, o))
    elif isinstance(o, Regex):
        repr_regex(b, cast(Regex, o))
    elif isinstance(o, Glob):
        repr_glob(b, cast(Glob, o))
    elif isinstance(o, Url):
        repr_url(b, cast(Url, o))
    elif isinstance(o, Time):
        add_time(b, cast(Time, o))
    elif isinstance(o, Duration):
        add_span(b, cast(Duration, o).nanoseconds)
    elif isinstance(o, WeakReference):
        repr_weak_reference(b, cast(WeakReference, o))
    elif isinstance(o, WeakMap):
        repr_weak_map(b, cast(WeakMap, o))
    elif isinstance(o, Hosts):
        repr_hosts(b, cast(Hosts, o))
    elif isinstance(o, Path):
        repr_path(b, cast(Path, o))
    elif length_of_foreign(o) >= 0:
        repr_table(b, type_of_foreign(o), u32(length_of_foreign(o)))


@registered("foreign_str")
def str_of_foreign(b: Builder, o: Object) -> None:
    """Append what `str` shows."""
    if isinstance(o, Ip):
        str_address(b, cast(Ip, o))
    elif isinstance(o, Cidr):
        str_networks(b, cast(Cidr, o))
    elif isinstance(o, Url):
        str_url(b, cast(Url, o))
    else:
        repr_of_foreign(b, o)


@noinline
@registered("foreign_contains")
def foreign_contains_value(container: Object, item: Value) -> bool:
    """`item in container`."""
    if isinstance(container, Cidr):
        return contains_address(cast(Cidr, container), item)
    if isinstance(container, Hosts):
        return contains_host(cast(Hosts, container).tree, item)
    if isinstance(container, Path):
        return contains_path(cast(Path, container).tree, item)
    if isinstance(container, CidrTable):
        return value_in_table(cast(CidrTable, container), item, "in cidr_table") != UNDEFINED
    if isinstance(container, HostTable):
        return contains_host(cast(HostTable, container).tree, item)
    if isinstance(container, RouteTable):
        return contains_path(cast(RouteTable, container).tree, item)
    say("unknown binary op: ")
    say_type(item)
    say(" in ")
    say_type(Value(container))
    stop()


@registered("foreign_length")
def length_of_foreign(o: Object) -> i64:
    """How many patterns a table has; -1 if an object is none."""
    if isinstance(o, CidrTable):
        return i64(cast(CidrTable, o).count)
    if isinstance(o, HostTable):
        return i64(len(cast(HostTable, o).values))
    if isinstance(o, RouteTable):
        return i64(len(cast(RouteTable, o).values))
    return -1


@noinline
@registered("foreign_index")
def index_of_foreign(container: Object, key: Value) -> Value:
    """`table[key]`; UNDEFINED if no pattern matches."""
    if isinstance(container, CidrTable):
        return value_in_table(cast(CidrTable, container), key, "index")
    if isinstance(container, HostTable):
        return value_of_host(cast(HostTable, container), key, "index")
    if isinstance(container, RouteTable):
        return value_of_path(cast(RouteTable, container), key, "index")
    return UNDEFINED
