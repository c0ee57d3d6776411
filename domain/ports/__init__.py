"""What the domain needs from outside, in its own words; each docstring is the contract."""
