"""How well a place or a route suits running backward."""
