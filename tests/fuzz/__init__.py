"""Fuzzing: hostile inputs for the whole guest, found by what they reach; other implementations and CPython as judges."""
