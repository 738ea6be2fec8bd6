"""Lookups in many networks and many routes, beside what a Python programmer could use."""
