"""What lies on the way of the body, and how likely it is to be touched."""
