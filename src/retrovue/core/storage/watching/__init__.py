"""What other records say of items, and collections of servers with what was watched of them.

- `connections`: the stored connections, without their keys.
- `counts`: counts of items, by source and account.
- `collections`: collections with their members, and snapshots kept over time.
"""
