"""The Statistics page: what was played in a range of days, by whom, when and how, and a whole year at a glance.

`choice` is what the person chose, `asking` gets the answers on a lane of its own, `counting` is whom it asks, `shapes`
turns answers into charts with the names of `words`. `toolbar`, `figures`, `cards` and `grid` are the parts on screen,
`extras` has the cards that count no plays by something, `page` puts them together. `bars` leads from a bar to its
plays, `parts` to the statistics of one title, `posters` finds the pictures of titles. `year` shows a year, which
`yearly` counts.
"""
