"""Emby Server: its listings and sessions in the words of the catalogue."""

from retrovue.core.sources.emby.source import EmbySource

__all__ = ["EmbySource"]
