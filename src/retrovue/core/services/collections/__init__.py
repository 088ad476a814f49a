"""Collections of servers: read with their members, and what was watched of them, kept over time."""
