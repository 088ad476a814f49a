"""The catalog as people use it: groups over servers, posters, exports, finding things by name.

Items of several libraries that are the same keep rows of their own. Which they are (an external id in common, years
at most one apart; episodes also by the group of their shows and their numbers) is computed after a run that wrote
something and kept in `item_groups`. A grouped list is read like any other and then folded, so that old groups hide
nothing. One's own server represents all.
"""
