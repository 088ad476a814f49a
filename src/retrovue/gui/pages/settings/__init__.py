"""The Settings page: every change is kept at once; nothing has to be applied."""
