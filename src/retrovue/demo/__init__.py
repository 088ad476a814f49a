"""A built-in media server on 127.0.0.1 with a generated library; it knows nothing of the application."""
