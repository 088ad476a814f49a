"""The Activity page: a card per live session, the sums, what happened just now, and the record of alerts."""
