"""A session as FIT, GPX, CSV, JSON and archives."""
