"""The items of the catalog: written by a sync, read by lists, search and details."""
