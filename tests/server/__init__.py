"""The server: what it answers, whom it answers, and that nothing is lost while bundles change."""
