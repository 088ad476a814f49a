"""Charts: bars over time, rankings, lines and the calendar of a year, each as a picture and as a table.

They are painted by a few modules of our own. A chart here has 400 marks at most, which QPainter draws in a millisecond
or two. pyqtgraph was tried and is not used: with NumPy it adds 85 MB to the program and does not have what people need
of these charts (values on hover, arrow keys, a table, labels that are never cut, a change of theme while they are
open). Qt Charts is not in PySide6-Essentials, and its only free license is the GPL.

`data` has what a chart shows, `chart` the behavior that all have in common; `bars`, `ranking`, `line` and `calendar`
are the kinds. `card` is the frame with title, legend and menu; `table` and `saving` are other forms of the same data.
"""
