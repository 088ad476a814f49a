"""Jellyfin: its listings and sessions as domain objects."""

from retrovue.core.sources.jellyfin.source import JellyfinSource

__all__ = ["JellyfinSource"]
