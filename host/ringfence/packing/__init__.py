"""Packages: a bundle in one file (`.rfb`), the same bytes for the same bundle, read without trust, and signed."""
