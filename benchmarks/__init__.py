"""How fast Remint is, side by side with the bare framework and with others."""
