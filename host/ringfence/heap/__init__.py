"""What is on a guest's heap and why: `RuleSet.heap` and the `heap` command, read from a copy of an isolate's memory."""
