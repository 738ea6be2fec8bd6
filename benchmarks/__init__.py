"""ringfence beside what a Python programmer could use instead; see README.md in this folder."""
