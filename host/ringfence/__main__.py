"""`python -m ringfence` is the `ringfence` command."""

from ringfence.cli.app import main

main()
