"""Lists, grids and trees: models that hold ordered ids and a few pages of rows, and their views and cells.

Models never read the database on the GUI thread. A list of any length costs its ids and the pages on screen.
"""
