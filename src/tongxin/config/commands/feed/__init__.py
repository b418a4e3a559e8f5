"""The signed one-way feed from the 110 side."""
