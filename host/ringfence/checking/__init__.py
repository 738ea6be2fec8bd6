"""Checking bundles without evaluating events: findings about their rules, bounds on fuel, and SARIF for other tools."""
