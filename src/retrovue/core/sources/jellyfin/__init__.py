"""Jellyfin: its listings and sessions in the words of the catalog."""

from retrovue.core.sources.jellyfin.source import JellyfinSource

__all__ = ["JellyfinSource"]
