"""Steps that several use cases share; none is a use case by itself."""
