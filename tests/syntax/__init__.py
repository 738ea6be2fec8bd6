"""Tests of `guest/syntax/`."""
