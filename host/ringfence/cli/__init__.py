"""The `ringfence` command: one module for each subcommand, assembled in `app.py`."""
