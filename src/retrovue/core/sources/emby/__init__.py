"""Emby Server: its listings and sessions in the words of the catalog."""

from retrovue.core.sources.emby.source import EmbySource

__all__ = ["EmbySource"]
