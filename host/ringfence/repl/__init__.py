"""The `repl`: a conversation with a bundle, line by line, in its sandbox."""
