"""Settings, wiring and entry points: the only package that imports all others."""
