"""A bundle's own tests: what `ringfence test` and the pytest plugin run, and the reports that both make of it."""
