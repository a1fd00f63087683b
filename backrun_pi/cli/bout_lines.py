"""`backrun map check --plan`: the bouts of a week laid over a route, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backrun_pi.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backrun_pi.coach.bout_plan import Wanted
    from backrun_pi.coach.plan import Plan
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.messages import BoutGround, PlannedBout
    from backrun_pi.terrain.scouting.marks import Notes

_WALK_MPS = 1.25  # of somebody who warms up; on the day the speed that is felt counts
_AT_ONCE = 10**9


def bout_lines(
    opened: MapFile, places: Sequence[tuple[float, float]], notes: Notes, plan: Plan, week: int
) -> list[dict[str, Any]]:
    """Return a line for each bout, and one that compares the plan with the clock.

    Args:
        opened: The map.
        places: [deg] (lat, lon) of the route, in its order.
        notes: What scouting walks left behind.
        plan: The training plan.
        week: [-] Week of the plan, from 1.

    Raises:
        BadInput: The week's bouts are not by time.
    """
    from backrun_pi.coach.bout_plan import bouts_by_clock, lay_bouts

    wanted = _wanted(plan, week)
    ground = _ground(opened, places, notes)
    laid = lay_bouts(ground, 0.0, wanted, is_onward=True)
    if not laid:
        return [{"bouts": 0, "because": "the route is too short to lay bouts over it"}]
    clock = bouts_by_clock(ground, 0.0, wanted, is_onward=True)
    lines = [
        {
            "bout": one.number,
            "from_m": one.from_m,
            "to_m": one.to_m,
            "backward_s": one.backward_s,
            "contacts": one.contacts,
            "traffic_m": one.traffic_m,
        }
        for one in laid
    ]
    return [*lines, {"plan": _summed(laid, wanted), "clock": _summed(clock, wanted)}]


def _wanted(plan: Plan, week: int) -> Wanted:
    from backrun_pi.coach.bout_plan import Wanted
    from backrun_pi.coach.holding import Holding
    from backrun_pi.coach.settings import CoachSettings
    from backrun_pi.coach.steps import bout_time_s, flatten

    settings = CoachSettings()
    steps = flatten(plan, plan.week(week), 0)
    backward = [one for one in steps if one.step.go == "backward"]
    lengths = [bout_time_s(steps, number) for number in sorted({one.bout for one in backward})]
    rests = [one.step.time_s for one in steps if one.bout > 0 and one.step.go == "forward"]
    bouts_s = tuple(length for length in lengths if length is not None)
    if len(bouts_s) < len(lengths) or (rests and rests[0] is None):
        raise BadInput(f"week {week}: bouts by distance or open ones are not laid over a route")
    rest_s = (rests[0] if rests else None) or 0.0
    clock_s = plan.warm_up_s + sum(bouts_s) + rest_s * (len(bouts_s) - 1)
    return Wanted(
        bouts_s=bouts_s,
        first_walk_s=plan.warm_up_s,
        rest_s=rest_s,
        forward_mps=_WALK_MPS,
        backward_mps=Holding(settings).backward_mps(backward[0].step.cap_at(0.0)),
        spare_s=clock_s * settings.plan_longer_share,
    )


def _ground(opened: MapFile, places: Sequence[tuple[float, float]], notes: Notes) -> BoutGround:
    from backrun_pi.maps.mapfile import units
    from backrun_pi.terrain.hazards.corridor import Corridors
    from backrun_pi.terrain.matching.way_graph import Net
    from backrun_pi.terrain.places.bout_ground import GroundSurvey
    from backrun_pi.terrain.scouting.scouted import Scouted
    from backrun_pi.terrain.settings import TerrainSettings

    settings = TerrainSettings()
    net = Net(opened, *units(*places[0]))
    corridors = Corridors(net, settings, Scouted(net, settings, notes))
    ground = None
    survey = GroundSurvey(net, corridors, [net.metres(*place) for place in places])
    while ground is None:
        ground = survey.go_on(_AT_ONCE)
    return ground


def _summed(bouts: Sequence[PlannedBout], wanted: Wanted) -> dict[str, float]:
    backward_s = sum(one.backward_s for one in bouts)
    walked_m = bouts[-1].walk_m - wanted.backward_mps * sum(
        one.backward_s for one in bouts[:-1]
    )
    return {
        "backward_s": backward_s,
        "session_s": round(walked_m / wanted.forward_mps + backward_s),
        "contacts": round(sum(one.contacts for one in bouts), 2),
        "traffic_m": sum(one.traffic_m for one in bouts),
    }
