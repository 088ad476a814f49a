"""Media servers: from HTTP and WebSocket to domain objects, without database and Qt."""
