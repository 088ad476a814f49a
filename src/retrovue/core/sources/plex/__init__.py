"""Plex Media Server: its listings, sessions and notifications in the words of the catalog."""

from retrovue.core.sources.plex.source import PlexSource

__all__ = ["PlexSource"]
