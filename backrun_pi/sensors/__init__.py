"""Bytes become samples in SI units, each with the time it was true."""
