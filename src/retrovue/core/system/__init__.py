"""This computer: folders, settings, secrets, clock, log, disks and power."""
