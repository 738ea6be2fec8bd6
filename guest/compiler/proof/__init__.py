"""The proof: what the compiler promises the collector, checked again in the text that is assembled.

Nothing here asks the passes that made the text (rooting, effects, emission) what they decided. `text` reads the text,
`declared` says what the sources declare (classes, variables, types of locals), `graph` infers who may collect, `steps` and
`walk` follow every path of every function, `tables` compares the tables in static data, `trust` lists what is not proven.
`prove` in `check.py` runs it all; `docs/proofs.md` is the essay.
"""
