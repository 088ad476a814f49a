"""Plex Media Server: its listings, sessions and notifications as domain objects."""

from retrovue.core.sources.plex.source import PlexSource

__all__ = ["PlexSource"]
