"""Everything Qt."""

from retrovue.gui.unread import read_no_sources

read_no_sources()
