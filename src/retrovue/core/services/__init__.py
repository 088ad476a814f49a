"""Use cases: plain functions of inputs, a cancel token and a report callback; no Qt, no terminal."""
