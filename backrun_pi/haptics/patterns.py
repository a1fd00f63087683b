"""THE VOCABULARY: name -> pulses. What the wearer has to learn, and nothing else.

Meaning is carried by rhythm and number, never by strength (van Erp 2002: few strengths are
told apart, and the torso is the worst place for it). Five rhythms can be felt while moving
backward: three long beats (STOP), medium beats in pairs (one: ease off, look; two: others come
fast here), one long beat (switch), short beats (look, countdown, answers) and the alarm call
short-short-long (the device cannot warn; a count says what is lost). Everything else is kept
for standing and walking.
Lengths follow Brown 2005 and Martinsson 2011; no pulse is shorter than 150 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backrun_pi.messages import Side

MIN_PULSE_S = 0.15  # shorter ones are missed while moving (InfiniTime, 35 ms)
MAX_PULSE_S = 1.0
GAP_S = 0.2
PAUSE_S = 0.5
WORD_GAP_S = 0.6  # a longer silence than any inside a word: what follows is another word


class Rhythm(Enum):
    """A shape that is learned once."""

    LONG_BEATS = "three long beats"
    MEDIUM_BEATS = "medium beats, in pairs"
    ONE_LONG = "one long beat"
    SHORT_BEATS = "short beats, counted"
    ALARM_CALL = "short short long, then a count"
    GOOD_NEWS = "long short"
    BAD_NEWS = "short long"
    CLOSING = "two very long beats"
    CALL_FOR_HELP = "very long, again and again"


@dataclass(frozen=True, slots=True)
class Beat:
    """One pulse and the silence after it."""

    on_s: float
    """[s] At no effort; the player makes it longer with effort."""
    gap_s: float
    """[s] Silence before the next beat; the player never makes it shorter."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word of the vocabulary."""

    name: str
    """Name in the alert table."""
    rhythm: Rhythm
    """Which shape it is."""
    beats: tuple[Beat, ...]
    """What is always played."""
    says: str
    """The meaning, for the wearer."""
    is_counting: bool = False
    """After the beats, one short beat for each of the alert's count, in groups of five."""
    side: Side = Side.BOTH
    """Where it is felt when two motors are fitted; the rhythm alone must be enough."""

    def played(self, count: int) -> tuple[Beat, ...]:
        """Return the beats for a count."""
        if not self.is_counting:
            return self.beats
        lead = self.beats
        if lead:
            lead = (*lead[:-1], Beat(lead[-1].on_s, PAUSE_S))
        return lead + shorts(count)


def shorts(count: int) -> tuple[Beat, ...]:
    """Return that many short beats, with a longer silence after every fifth."""
    return tuple(
        Beat(MIN_PULSE_S, PAUSE_S if n % 5 == 0 else GAP_S) for n in range(1, count + 1)
    )


def _beats(*on_s: float) -> tuple[Beat, ...]:
    return tuple(Beat(on, GAP_S) for on in on_s)


_PAIR = _beats(0.3, 0.3)
_CALL = _beats(0.15, 0.15, 0.6)
_CALL_PAUSE = (*_CALL[:-1], Beat(0.6, PAUSE_S))


def _blind(name: str, count: int, says: str) -> Pattern:
    return Pattern(name, Rhythm.ALARM_CALL, _CALL_PAUSE + shorts(count), says)


def _look(name: str, count: int, side: Side) -> Pattern:
    says = f"Look over the {side.value} shoulder."
    return Pattern(name, Rhythm.SHORT_BEATS, shorts(count), says, side=side)


_ALL = (
    Pattern("stop", Rhythm.LONG_BEATS, _beats(0.5, 0.5, 0.5), "Stop now."),
    Pattern("caution", Rhythm.MEDIUM_BEATS, _PAIR, "Ease off and look round."),
    Pattern(
        "busy",
        Rhythm.MEDIUM_BEATS,
        (_PAIR[0], Beat(0.3, PAUSE_S), *_PAIR),
        "Others come fast here: find a quieter place.",
    ),
    Pattern("switch", Rhythm.ONE_LONG, _beats(0.6), "Change direction now."),
    Pattern("tick", Rhythm.SHORT_BEATS, shorts(1), "Felt your press, or counting down."),
    _look("look_left", 1, Side.LEFT),
    _look("look_right", 3, Side.RIGHT),
    Pattern("number", Rhythm.SHORT_BEATS, (), "The number you asked for.", is_counting=True),
    Pattern("unknown", Rhythm.SHORT_BEATS, shorts(5), "That press means nothing here."),
    Pattern("poor", Rhythm.ALARM_CALL, _CALL, "Warnings are less certain: look more often."),
    _blind("blind_imu", 1, "Cannot feel your movement: no warnings."),
    _blind("blind_gnss", 2, "Position lost: no map warnings."),
    _blind("blind_map", 3, "The map does not guide here: no map warnings."),
    _blind("blind_recorder", 4, "The session is not being recorded."),
    _blind("blind_power", 5, "Power is failing: it may go dark at any moment."),
    _blind("blind_motor", 6, "The motor does not answer."),
    _blind("blind_partner", 7, "The partner's button is out of reach."),
    _blind("blind_button", 8, "The button does not answer."),
    Pattern("back", Rhythm.ALARM_CALL, _beats(0.6, 0.15, 0.15), "What was lost is back."),
    Pattern("good", Rhythm.GOOD_NEWS, _beats(0.6, 0.15), "Ready, done, noted."),
    Pattern("mark", Rhythm.GOOD_NEWS, _beats(0.4, 0.15), "Obstacle marked here."),
    Pattern("undone", Rhythm.BAD_NEWS, _beats(0.15, 0.4), "Taken back: the mark, the partner."),
    Pattern("pause", Rhythm.BAD_NEWS, _beats(0.15, 0.6), "The clock stands still."),
    Pattern("refused", Rhythm.BAD_NEWS, _beats(0.15, 0.6, 0.6), "Not now.", is_counting=True),
    Pattern("weekly", Rhythm.BAD_NEWS, _beats(0.15, 0.6, 0.15, 0.6), "Two sessions a week."),
    Pattern("notice", Rhythm.BAD_NEWS, _beats(0.15, 0.6, 0.15), "See to the device soon."),
    Pattern("mount", Rhythm.BAD_NEWS, _beats(0.15, 0.15, 0.6, 0.6), "Turn the device round."),
    Pattern("handrail", Rhythm.GOOD_NEWS, _beats(0.6, 0.15, 0.6), "Handrail, safety clip."),
    Pattern("end", Rhythm.CLOSING, _beats(0.8, 0.8), "The end; bouts done.", is_counting=True),
    Pattern("off", Rhythm.CLOSING, _beats(0.8, 0.8, 0.8), "Switching off."),
    Pattern(
        "fall", Rhythm.CALL_FOR_HELP, _beats(1.0, 1.0), "Did you fall? Press if all is well."
    ),
    Pattern("help", Rhythm.CALL_FOR_HELP, _beats(1.0, 1.0, 1.0, 1.0), "Calling for attention."),
)

PATTERNS: dict[str, Pattern] = {pattern.name: pattern for pattern in _ALL}


def pulse_s(on_s: float, stretch: float) -> float:
    """Return the length of a pulse, made longer for effort but never endless."""
    return min(MAX_PULSE_S, max(MIN_PULSE_S, on_s * stretch))


def length_s(pattern: Pattern, count: int = 1, stretch: float = 1.0) -> float:
    """Return how long a pattern lasts, without the silence after its last beat."""
    beats = pattern.played(count)
    total_s = sum(pulse_s(beat.on_s, stretch) + beat.gap_s for beat in beats)
    return total_s - beats[-1].gap_s if beats else 0.0
