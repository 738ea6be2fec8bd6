"""What the garbage collector costs: `scripts/bench --collector`."""
