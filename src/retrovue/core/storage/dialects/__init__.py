"""What each engine does in its own way, behind protocols that the rest of storage calls."""
