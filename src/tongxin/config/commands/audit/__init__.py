"""The trail of who did and saw what."""
