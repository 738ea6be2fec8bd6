"""From source text to bytecode: lexer, parser, resolver, emitter, diagnostics."""
