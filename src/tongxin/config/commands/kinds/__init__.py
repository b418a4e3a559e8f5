"""The kinds of incident and their procedures."""
