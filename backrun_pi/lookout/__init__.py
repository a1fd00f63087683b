"""Eyes at the back: samples of the rear sensors -> who and what stands or comes there."""
