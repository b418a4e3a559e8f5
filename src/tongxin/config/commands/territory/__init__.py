"""Areas, buildings, posts and landmarks."""
