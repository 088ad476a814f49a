"""The catalog file: the only room that names a database session."""
