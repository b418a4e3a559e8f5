"""How the committed figures are computed from the real calls; nothing here runs in service."""
