"""Rear sensors: bytes -> what stands or comes behind, each part over any serial line."""
