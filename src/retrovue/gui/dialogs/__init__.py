"""Dialogs. They do not dim the window and are opened without a nested event loop."""
