"""The look-behind companion for people who run backward."""

__version__ = "0.2.0"
