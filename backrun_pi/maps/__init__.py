"""The map file: built from OpenStreetMap on a computer, read on the device."""
