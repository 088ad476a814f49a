"""Item models: they hold ids and a few pages of rows, and never read the database on the GUI thread."""
