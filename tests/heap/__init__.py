"""Tests of `guest/heap/`: the collector alone, driven by small test guests."""
