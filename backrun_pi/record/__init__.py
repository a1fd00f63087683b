"""Everything becomes lines on the card that survive a power cut at any byte."""
