"""GNSS receivers: bytes of the line become position fixes."""
