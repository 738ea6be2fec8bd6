"""Trials of the collector: each looks for one kind of fault, for as long as it is let; the tests run a short piece of each."""
