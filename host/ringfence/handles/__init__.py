"""Live guest objects from Python: scopes, handles, and the conversion of graphs in and out."""
