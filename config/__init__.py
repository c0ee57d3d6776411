"""Settings, the container and the entry points: the only place that knows everyone."""
