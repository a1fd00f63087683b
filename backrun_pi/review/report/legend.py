"""Which shape, rank and name an alert or a hazard has on the page."""

from __future__ import annotations

from backrun_pi.messages import Condition, Direction, Priority, Stage
from backrun_pi.review.event_model import AlertPin

RANKS = {
    Priority.STOP: ("stop", "Stop"),
    Priority.BLIND: ("blind", "Cannot warn"),
    Priority.CAUTION: ("caution", "Caution"),
    Priority.NOTICE: ("notice", "Notice"),
    Priority.COACH: ("notice", "Notice"),
    Priority.INFO: ("notice", "Information"),
}
"""Priority -> (name of its shape and colour, its name)."""
CUE = ("coach", "Cue")
"""As `RANKS`, for what belongs to the course of any session."""
MARK = ("mark", "Your mark")
"""As `RANKS`, for an obstacle that was marked by a press."""
_CUES = frozenset(
    condition.value
    for condition in (
        *(Condition.COUNTDOWN, Condition.SWITCH_BACKWARD, Condition.SWITCH_FORWARD),
        *(Condition.REMIND_BACKWARD, Condition.LOOK_LEFT, Condition.LOOK_RIGHT),
        *(Condition.STAND_STILL, Condition.WALK_FORWARD, Condition.READY, Condition.PAUSED),
        *(Condition.REPEAT_NUMBER, Condition.MARK_UNDONE, Condition.HANDRAIL),
        *(Condition.PRESS_TICK, Condition.PRESS_UNKNOWN),
        *(Condition.SESSION_END, Condition.POWER_OFF, Condition.PARTNER_MODE),
        *(Condition.PARTNER_OFF, Condition.SEARCHING),
    )
)
DIRECTION_CODES = {Direction.BACKWARD: "b", Direction.FORWARD: "f", Direction.UNKNOWN: "u"}
SEVERITIES = {
    3: "Could mean a fall, a drop or a vehicle.",
    2: "Could mean a trip or a bump.",
    1: "Could be in the way.",
}
STAGES = {Stage.CAUTION: "Caution", Stage.STOP: "Stop"}
MARKED = "marked on a scouting lap"
"""Text of a mark in the map layers."""
NAMES = {
    "busy": "Busy way",
    "rail": "Railway",
    "road1": "Street",
    "road2": "Road",
    "road3": "Main road",
    "service": "Service road",
    "mark": "Your mark",
    "bend": "Bend of the way",
    "path": "Path",
    "road": "Road",
    "water": "Water",
    "building": "Building",
    "cycleway": "Cycleway",
    "shared_path": "Path shared with bicycles",
    "drop_wall": "Wall with a drop",
    "rail_barrier": "Guard rail",
    "door": "Door",
    "barrier": "Barrier",
}
"""Kind of the tag table -> name, where the kind with blanks does not read well."""
_GLYPHS = {
    "bench": "bench picnic_table",
    "post": "bollard bollard_row pole lamp sign hydrant column pylon stump chain",
    "tree": "tree tree_row hedge",
    "box": "bin post_box cabinet planter block board shelter statue bbq fitness log rock",
    "gate": "gate stile cycle_barrier barrier fence wall rail_barrier city_wall door building",
    "steps": "steps",
    "edge": "kerb step drop_wall cliff bank pier_edge quay platform_edge sinkhole",
    "water": "water stream ditch fountain ford",
    "crossing": "crossing",
    "rail": "rail tram rail_crossing",
    "bike": "cycleway shared_path bike_stand",
    "road": "road road1 road2 road3 service busy bus_stop",
    "people": "playground dog_park pitch",
    "ground": "rough_surface bump manhole tactile_paving cattle_grid hazard",
    "bend": "bend",
    "mark": "mark",
}
_GLYPH_OF = {kind: glyph for glyph, kinds in _GLYPHS.items() for kind in kinds.split()}


def is_cue(pin: AlertPin) -> bool:
    """Return whether an alert belongs to the course of any session and warns of nothing."""
    is_warning = pin.priority in {Priority.STOP, Priority.BLIND, Priority.CAUTION}
    return pin.condition in _CUES and not is_warning


def is_mark(pin: AlertPin) -> bool:
    """Return whether an alert answers a press that marked an obstacle."""
    return pin.condition == Condition.MARK_SET.value


def rank(pin: AlertPin) -> tuple[str, str]:
    """Return the shape of an alert and the name of its rank."""
    if is_mark(pin):
        return MARK
    return CUE if is_cue(pin) else RANKS[pin.priority]


def hazard_name(kind: str) -> str:
    """Return a kind of the tag table as a person calls it: `low_bar` -> `Low bar`."""
    name = kind.replace("_", " ").strip(" 0123456789")
    return NAMES.get(kind) or NAMES.get(name) or name.capitalize() or "Hazard"


def glyph(kind: str) -> str:
    """Return the symbol of a kind on the map."""
    return _GLYPH_OF.get(kind, "other")
