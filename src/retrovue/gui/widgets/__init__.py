"""Building blocks of the pages. They know colours and words, and nothing of servers or the catalog."""
