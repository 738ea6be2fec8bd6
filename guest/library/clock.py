"""The time of the event that is being decided, as the host gives it: what `time.now()` tells.

There is no other clock: without the host's word, asking for the time is an error. The host writes both variables before an
evaluation.
"""

from guest.compiler.language import i64, u32

# Whether the host gave a time, and the nanoseconds since 1970 in UTC if it did.
now_set: u32 = 0
now: i64 = 0
