"""What anybody may read: the key set, health, the documentation, metrics."""
