"""The text file on the drive: what it holds, and whom it may be shown to."""

from __future__ import annotations

TEXT = """\
BACKRUN: your backward training

Open index.html in any browser. It needs no network, no account, nothing to install.

  index.html          all sessions, weekly load
  ID/index.html       one session: map, charts, bouts, what to do next time
  ID/ID.fit           for training platforms and watches' apps
  ID/ID.gpx           the track, for maps (empty when no position may be shown)
  ID/ID.csv           one row a second, for spreadsheets
  ID/summary.json     the numbers, for other programs

THIS DRIVE HOLDS WHERE YOU WERE. The pages show the whole route, also your door.
The exports (FIT, GPX, CSV) leave out the positions of the first and the last 200 to 500 m,
drawn again at each export; a way under about 400 m shows none. A route that passes
your door again later still shows it.
Settings [review]: is_trimmed = false keeps all positions, has_positions = false keeps none.
To delete a session from the device: backrun sessions forget ID

The drive is read-only: to keep a file, copy it.

The device only vibrates. Its silence never means clear: keep looking round.

Map data (c) OpenStreetMap contributors, https://www.openstreetmap.org/copyright
"""
