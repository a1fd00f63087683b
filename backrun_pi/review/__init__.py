"""After the run: report, FIT, GPX, CSV and the USB drive."""
