"""Readers of a real city's files: each yields plain rows, and refusals with their reasons."""
