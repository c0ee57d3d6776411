"""The command line for operators: words into use-case calls, results into words."""
