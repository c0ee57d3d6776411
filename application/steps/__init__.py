"""What several use cases have in common; none of it is a use case."""
