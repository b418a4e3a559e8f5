"""The ways out: calls, SMS, pages."""
