"""Tests, in the folders of what they test; `conformance`, `hostile` and `limits` run whole programs."""
