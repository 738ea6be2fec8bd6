"""The values of the rule language and the operations on them."""
