"""People who serve: officers, grid workers, volunteers."""
