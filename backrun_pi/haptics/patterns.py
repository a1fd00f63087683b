"""THE VOCABULARY: name -> pulses. What the wearer has to learn, and nothing else.

Meaning is carried by rhythm and number, never by strength (van Erp 2002: few strengths can be
distinguished, and the torso is the worst place for it). Five rhythms can be felt while moving
backward: long beats (STOP), medium beats (caution, edge, busy), long and short in turn
(backward now, forward now), short beats (look, countdown) and the alarm call short-short-long
(the device cannot warn; a count says what is lost). Everything else is kept for standing and
walking.
Lengths follow Brown 2005 and Martinsson 2011; no pulse is shorter than 150 ms.

The patterns are an error-detecting code (tests/contract/test_confusion.py): a pattern that has
lost its first or last beat is no other pattern, two patterns of the same number of beats differ
by two steps of length at least, and a count is closed by a medium beat, so that a lost beat is
never felt as a smaller number. Only STOP has two long beats in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backrun_pi.messages import Side

MIN_PULSE_S = 0.15  # shorter ones are missed while moving (InfiniTime, 35 ms)
MAX_PULSE_S = 1.0
GAP_S = 0.2
PAUSE_S = 0.45  # before a count, and after each fourth beat of one
CUE_GAP_S = 0.7  # a longer silence than any inside a cue: what follows is another cue
GROUP_OF = 4
SHOWN_COUNT = 3  # by which a counting pattern is drawn and taught

_SHORT_S, _MEDIUM_S, _LONG_S, _VERY_LONG_S = MIN_PULSE_S, 0.3, 0.5, MAX_PULSE_S


class Rhythm(Enum):
    """A shape that is learned once."""

    LONG_BEATS = "three long beats"
    MEDIUM_BEATS = "medium beats"
    DIRECTION = "long and short in turn"
    SHORT_BEATS = "short beats, counted"
    ALARM_CALL = "short short long, then a count"
    SET_OFF = "two short, two medium"
    NOTED = "medium long medium, or mixed beats"
    REMARK = "mixed beats with a long one"
    CLOSING = "very long beats, then a count or a medium one"
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
    """One cue of the vocabulary."""

    name: str
    """Name in the alert table."""
    rhythm: Rhythm
    """Which shape it is."""
    beats: tuple[Beat, ...]
    """What is always played."""
    meaning: str
    """For the wearer."""
    is_counting: bool = False
    """After the beats and a pause, the alert's count."""
    side: Side = Side.BOTH
    """Where it is felt when two motors are fitted; the rhythm alone must be enough."""

    def played(self, count: int) -> tuple[Beat, ...]:
        """Return the beats for a count."""
        if not self.is_counting:
            return self.beats
        return _paused(self.beats) + counted(count)

    def shown(self) -> tuple[Beat, ...]:
        """Return the beats by which it is drawn and taught: with a count of three, once."""
        return self.played(SHOWN_COUNT if self.is_counting else 1)


def shorts(count: int) -> tuple[Beat, ...]:
    """Return that many short beats, with a longer silence after every fourth."""
    return tuple(
        Beat(_SHORT_S, PAUSE_S if n % GROUP_OF == 0 else GAP_S) for n in range(1, count + 1)
    )


def counted(count: int) -> tuple[Beat, ...]:
    """Return a count: short beats, closed by a medium one."""
    return (*shorts(count), Beat(_MEDIUM_S, GAP_S))


def _beats(*on_s: float) -> tuple[Beat, ...]:
    return tuple(Beat(on, GAP_S) for on in on_s)


def _paused(beats: tuple[Beat, ...]) -> tuple[Beat, ...]:
    return (*beats[:-1], Beat(beats[-1].on_s, PAUSE_S))


_OF = {"S": _SHORT_S, "M": _MEDIUM_S, "L": _LONG_S, "V": _VERY_LONG_S}


def _shape(letters: str) -> tuple[Beat, ...]:
    """Return the beats of a shape such as `SSL`: short, medium, long, very long."""
    return _beats(*(_OF[letter] for letter in letters))


_CALL = _paused(_shape("SSL"))


def _blind(name: str, count: int, meaning: str) -> Pattern:
    return Pattern(name, Rhythm.ALARM_CALL, _CALL + counted(count), meaning)


def _plain(
    name: str, rhythm: Rhythm, letters: str, meaning: str, side: Side = Side.BOTH
) -> Pattern:
    return Pattern(name, rhythm, _shape(letters), meaning, side=side)


def _counting(name: str, rhythm: Rhythm, letters: str, meaning: str) -> Pattern:
    return Pattern(name, rhythm, _shape(letters), meaning, is_counting=True)


def _direction(name: str, letters: str, meaning: str, side: Side) -> Pattern:
    return Pattern(name, Rhythm.DIRECTION, _shape(letters), meaning, side=side)


_R = Rhythm
_ALL = (
    _plain("stop", _R.LONG_BEATS, "LLL", "Stop now."),
    _plain("caution", _R.MEDIUM_BEATS, "MM", "Ease off and look round."),
    _plain("edge", _R.MEDIUM_BEATS, "MSM", "An edge runs beside you: keep your distance."),
    _plain("busy", _R.MEDIUM_BEATS, "MMMM", "Others come fast here: find a quieter place."),
    _direction("backward_now", "LSL", "Backward now.", Side.LEFT),
    _direction("forward_now", "SLS", "Forward now.", Side.RIGHT),
    _plain("go", _R.SET_OFF, "SSMM", "Set off: walk forward."),
    _plain("tick", _R.SHORT_BEATS, "S", "Felt your press, or counting down."),
    _plain("look_left", _R.SHORT_BEATS, "SSS", "Look over the left shoulder.", Side.LEFT),
    _plain("look_right", _R.SHORT_BEATS, "SSSSS", "Look over the right shoulder.", Side.RIGHT),
    Pattern(
        "poor",
        _R.ALARM_CALL,
        _CALL + counted(0),
        "Warnings are less certain: look more often.",
    ),
    _blind("blind_imu", 1, "Cannot feel your movement: no warnings."),
    _blind("blind_gnss", 2, "Position lost: no map warnings."),
    _blind("blind_map", 3, "The map does not guide here: no map warnings."),
    _blind("blind_recorder", 4, "The session is not being recorded."),
    _blind("blind_power", 5, "Power is failing: it may go dark at any moment."),
    _blind("blind_motor", 6, "The motor did not answer for a while."),
    _blind("blind_partner", 7, "The partner's button is out of reach."),
    _blind("blind_button", 8, "The button does not answer."),
    _blind("blind_rear", 9, "The eyes at your back see nothing: look round more often."),
    _plain("back", _R.ALARM_CALL, "LSS", "What was lost is back."),
    _plain("good", _R.NOTED, "MLM", "Ready, done, noted."),
    _plain("mark", _R.NOTED, "SMSS", "Obstacle marked here."),
    _plain("undone", _R.REMARK, "LMSS", "Taken back: the mark, the partner."),
    _plain("pause", _R.NOTED, "MSSM", "The clock is paused."),
    _counting("number", _R.SHORT_BEATS, "M", "The number you asked for."),
    _plain("unknown", _R.REMARK, "SSLSS", "That press means nothing here."),
    _counting("refused", _R.REMARK, "SLMS", "Not now; the number says what is missing."),
    _plain("weekly", _R.REMARK, "SLML", "Two sessions a week."),
    _plain("notice", _R.REMARK, "SMMLS", "See to the device soon."),
    _plain("mount", _R.REMARK, "MSLM", "Turn the device round."),
    _plain("handrail", _R.REMARK, "LMSL", "Handrail, safety clip."),
    _counting("end", _R.CLOSING, "V", "The end; bouts done."),
    _plain("off", _R.CLOSING, "VMV", "Switching off."),
    _plain("fall", _R.CALL_FOR_HELP, "VV", "Did you fall? Press if all is well."),
    _plain("help", _R.CALL_FOR_HELP, "VVVV", "Calling for attention."),
)

PATTERNS: dict[str, Pattern] = {pattern.name: pattern for pattern in _ALL}


def pulse_s(on_s: float, stretch: float = 0.0) -> float:
    """Return the length of a pulse, made longer for effort but never endless.

    Every beat grows by the same time, a share of a short one: short ones are those that are
    missed, and equal growth keeps the classes of length apart.

    Args:
        on_s: [s] At no effort.
        stretch: [-] Share of a short beat by which each beat is longer.
    """
    return min(MAX_PULSE_S, max(MIN_PULSE_S, on_s + MIN_PULSE_S * stretch))


def length_s(pattern: Pattern, count: int = 1, stretch: float = 0.0) -> float:
    """Return how long a pattern lasts, without the silence after its last beat."""
    beats = pattern.played(count)
    total_s = sum(pulse_s(beat.on_s, stretch) + beat.gap_s for beat in beats)
    return total_s - beats[-1].gap_s if beats else 0.0
