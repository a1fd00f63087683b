"""Whole regions: stretches that suit backward running, extract by extract."""
