"""The program without a window: everything here imports without Qt (law 1)."""
