"""How much time a unit of fuel buys, on everything that the rule language can do; see `__main__.py` in this folder."""
