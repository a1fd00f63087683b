"""Whatever bytes come from a receiver, gpsd or a file: no parser raises, nothing is made up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.cli.gnss import as_tpv
from backrun_pi.sensors.gnss.autoconfig import GnssSetup
from backrun_pi.sensors.gnss.commands import ubx
from backrun_pi.sensors.gnss.nmea_fields import read_sentence
from backrun_pi.sensors.gnss.nmea_framing import Framer, LineQuality, sentence
from backrun_pi.sensors.gnss.plausibility import Trust
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.stream import EpochStream
from tests.support.fuzzing import fuzz

FUZZ = fuzz(150)
SETTINGS = GnssSettings()

KINDS = ("RMC", "GGA", "GNS", "GLL", "GSA", "VTG", "GST", "ZDA", "TXT", "GSV", "XYZ")
CORPUS = (
    b"GPZDA,202655.000,13,04,99999999999999999999,,",
    b"GPZDA,235959.999,31,12,9999,00,00",
    b"GNRMC,235960.999999999,A,9000.0000,N,18000.0000,E,1e9,360.0,311299,,,A,V",
    b"GNGGA,000000,5960.0000,S,17960.0000,W,8,99999999999,99.99,-99999999999,M,,M,,",
    b"GPRMC,,V,,,,,,,,,,N",
    b"PMTK001,999,3",
    b"PAIR001,00000000,0",
    b"GNTXT,01,01,01,\x7e\x7e\x7e",
    b"GPGSA,A,9,,,,,,,,,,,,,,,",
)
"""Bodies that ended a reader once, or look as if they could."""

FIELDS = st.one_of(
    st.text("0123456789.-+eE", max_size=24),
    st.text("AVNSEWDFRPTMK", max_size=3),
    st.sampled_from(("", "120000.00", "235960", "6010.20000", "02456.40000", "010626", "nan")),
)
BODIES = st.one_of(
    st.sampled_from(CORPUS),
    st.builds(
        lambda talker, kind, fields: f"{talker}{kind},{','.join(fields)}".encode(),
        st.sampled_from(("GN", "GP", "GL", "P", "PM", "II", "  ")),
        st.sampled_from(KINDS),
        st.lists(FIELDS, max_size=20),
    ),
    st.binary(max_size=120),
)
PIECES = st.one_of(
    st.builds(sentence, BODIES),
    st.builds(ubx, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=80)),
    st.binary(max_size=60),
    st.builds(lambda word: b'{"class":"' + word + b'"}\r\n', st.binary(max_size=40)),  # gpsd
    st.sampled_from((b"$", b"\xb5\x62", b"\xb5\x62\x05\x01\xff\xff", b"\xd3\x00\x13", b"\r\n")),
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)


@FUZZ
@given(BODIES)
def test_a_body_of_any_bytes_is_read_or_ignored(body: bytes) -> None:
    found = read_sentence(body)
    if found is not None and found.lat_deg is not None and found.lon_deg is not None:
        assert -90.0 <= found.lat_deg <= 90.0
        assert -180.0 <= found.lon_deg <= 180.0


@FUZZ
@given(STREAMS, st.sampled_from(list(Trust)))
def test_a_file_of_any_bytes_decodes_to_finite_places(data: bytes, trust: Trust) -> None:
    stream = EpochStream(SETTINGS, is_live=False, trust=trust)
    for epoch in [*stream.feed(data, 0), *stream.end()]:
        line = as_tpv(epoch)
        assert (line["lat"] is None) == (line["lon"] is None) == (not epoch.is_fix)


@FUZZ
@given(st.lists(st.tuples(PIECES, st.integers(0, 3000)), max_size=40))
def test_a_line_of_any_bytes_ends_neither_reader_nor_set_up(
    pieces: list[tuple[bytes, int]],
) -> None:
    reader, setup, now_ns = GnssReader(SETTINGS), GnssSetup(SETTINGS, None), 10**9
    for data, wait_ms in pieces:
        now_ns += wait_ms * 1_000_000
        fixes = reader.feed(data, now_ns)
        setup.step(now_ns, data, reader.sentences)
        for fix in fixes + reader.poll(now_ns):
            assert (fix.lat_deg is None) == (fix.lon_deg is None)
            assert fix.speed_mps is None or 0.0 <= fix.speed_mps <= SETTINGS.max_speed_mps
            assert fix.satellites is None or fix.satellites < 10**6
    assert reader.degraded_because is None or reader.degraded_because


@FUZZ
@given(STREAMS, st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_framing_does_not_depend_on_how_the_bytes_are_cut(
    data: bytes, sizes: list[int]
) -> None:
    whole, cut = Framer(LineQuality()), Framer(LineQuality())
    bodies = whole.feed(data)
    found: list[bytes] = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += cut.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert found + cut.end() == bodies + whole.end()
