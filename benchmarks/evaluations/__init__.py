"""What it costs to hold evaluations in hand: snapshots, forks, and ten thousand that wait."""
