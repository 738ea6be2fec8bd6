"""The constants of the namespace `math`, as the doubles nearest to them."""

from guest.compiler.language import f64, registered
from guest.heap.value import from_float
from guest.library.namespace import Namespace, add_constant

E: f64 = 2.718281828459045
PI: f64 = 3.141592653589793


@registered("constants", "math")
def add_math_constants(namespace: Namespace) -> None:
    """Add `e` and `pi`."""
    add_constant(namespace, "e", from_float(E))
    add_constant(namespace, "pi", from_float(PI))
