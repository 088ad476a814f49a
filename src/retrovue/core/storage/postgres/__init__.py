"""A catalog in PostgreSQL 13 or newer: its address, connections, and copies of a catalog there and back.

psycopg is an optional package and is imported where it is needed. A password is never in an address: libpq reads it
from PGPASSWORD or `.pgpass`, and its other parameters and variables (TLS among them) are left to it as well.
"""
