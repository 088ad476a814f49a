"""The Sync page: start, watch and cancel syncs; past runs; removals that wait for a decision."""
