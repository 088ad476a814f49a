"""Emby Server: its listings and sessions as domain objects."""

from retrovue.core.sources.emby.source import EmbySource

__all__ = ["EmbySource"]
