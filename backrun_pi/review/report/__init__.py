"""The report pages: one file each, no network."""
