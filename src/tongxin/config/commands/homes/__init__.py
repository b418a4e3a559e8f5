"""Floor plans: who belongs to which flat."""
