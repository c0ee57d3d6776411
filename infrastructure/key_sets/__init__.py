"""The key sets of other parties, which they publish."""
