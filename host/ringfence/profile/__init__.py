"""Where the fuel of events goes: by rule, by line, and as a graph of calls."""
