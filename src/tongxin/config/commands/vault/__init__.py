"""Personal data: erasures that outlive a restore."""
