"""Residents' questions and their answers: found while one types, answered once, shown to all."""
