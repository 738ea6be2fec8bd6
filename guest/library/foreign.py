"""What operators and other built-ins do with the values whose classes the library declares.

Each function here is how `guest/values/foreign.py` reaches one operation; it tells the classes apart and leaves the work to
the file of the type. The attributes of these types are registered where they are computed, as `ip.version` is.
"""

from guest.compiler.language import Object, Text, Value, cast, noinline, registered, u32
from guest.heap.weak import WeakReference
from guest.library.address import Ip
from guest.library.glob import Glob, hash_glob, repr_glob, same_glob
from guest.library.namespace import Namespace, repr_namespace
from guest.library.net import (
    contains_address,
    hash_address,
    hash_networks,
    repr_address,
    repr_networks,
    same_address,
    str_address,
    str_networks,
)
from guest.library.networks import Cidr, cidr_equal
from guest.library.regex.methods import hash_regex, repr_regex, same_regex
from guest.library.regex.program import Regex
from guest.library.url import hash_url, repr_url, same_url, str_url
from guest.library.url_parser import Url
from guest.library.weak_references import repr_weak_reference
from guest.values.builder import Builder
from guest.values.failure import say, stop
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
    if isinstance(o, WeakReference):
        return "weakref"
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
    return a is b


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
    elif isinstance(o, WeakReference):
        repr_weak_reference(b, cast(WeakReference, o))


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
    say("unknown binary op: ")
    say_type(item)
    say(" in ")
    say_type(Value(container))
    stop()
