"""Take over a log of incidents."""
