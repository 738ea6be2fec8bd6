"""Promises that hold for every program, tested with random ones."""
