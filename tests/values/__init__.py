"""Tests of the values, by a test guest that works on them as a stack calculator."""
