"""What can go, and why: rules over what is known of titles. Pure, without looking at a disk or a server.

A question has three answers here. What nobody can tell (the history does not reach far enough back, a play has no date)
is `None`, and never makes a title a candidate: it is listed apart. Seasons and shows are put together from all their
episodes before a rule is applied, so that a watched episode always counts for its show.
"""
