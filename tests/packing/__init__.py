"""Packages: written in one form, read without trust, signed."""
