"""The catalog file and the program's health: backups, restoring, diagnostics."""
