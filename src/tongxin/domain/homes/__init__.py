"""Floor plans of buildings, whom to ring, what care is needed, visits."""
