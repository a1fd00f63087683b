"""Conversions and physical constants, each of them once."""

from __future__ import annotations

NS_PER_S = 1_000_000_000
"""[ns/s]"""
GRAVITY_MPS2 = 9.80665
"""[m/s2] Standard gravity (CGPM 1901)."""
