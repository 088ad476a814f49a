"""Directories, settings, secrets, clock, logging: what the program needs of the computer."""
