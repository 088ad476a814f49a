"""The catalogue file: the only room that names a database session."""
