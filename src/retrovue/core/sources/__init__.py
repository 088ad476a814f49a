"""HTTP and WebSocket to domain objects; no database, no Qt."""
