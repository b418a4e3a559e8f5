"""The road map: travel times and the base map."""
