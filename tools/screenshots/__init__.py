"""Pictures of every page with demo data, for the documents and for looking at: python -m tools.screenshots."""
