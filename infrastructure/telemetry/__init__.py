"""How operators see what happens: the log stream, metrics, traces."""
