"""What the values need before the first of them is made: called once, when the guest boots.

Everything made here is part of the base image, so no evaluation ever pays for it or has to reset it.
"""

from guest.values.failure import prepare_message
from guest.values.interning import prepare_characters
from guest.values.methods import prepare_methods
from guest.values.scratch import prepare_scratch


def prepare_values() -> None:
    """Make the tables and buffers of the values."""
    prepare_scratch()
    prepare_message()
    prepare_characters()
    prepare_methods()
