"""What the guest charges and how it fails: fuel, its price list, and the kind of a failure."""
