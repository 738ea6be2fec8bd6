"""The tests of `ringfence test`: what it finds, how it judges, and what it writes."""
