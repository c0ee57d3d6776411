"""The settings: what there is, where it comes from, and what is wrong with it."""
