"""The layers between a connection and the application: bounds, headers, logs, metrics, traces."""
