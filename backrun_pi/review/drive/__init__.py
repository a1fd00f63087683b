"""The folder and the image that the USB drive shows."""
