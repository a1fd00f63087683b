"""Settings of `terrain`: how hazards, ways and places are weighed."""

from __future__ import annotations

from typing import Annotated

import msgspec

Metres = Annotated[float, msgspec.Meta(ge=0.0, le=200.0)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=600.0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class TerrainSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Warning geometry, map matching, trust in position and map."""

    # --- trust in the position -----------------------------------------------------------
    sigma_max_m: Annotated[float, msgspec.Meta(ge=1.0, le=50.0)] = 10.0
    """[m] One-axis position sigma above which the map guides no more."""
    age_max_s: Annotated[float, msgspec.Meta(ge=0.2, le=10.0)] = 2.0
    """[s] Age of the last fix above which the map guides no more (SR2)."""
    gnss_tau_s: Annotated[float, msgspec.Meta(ge=1.0, le=600.0)] = 45.0
    """[s] Correlation time of a pedestrian receiver's error."""
    gnss_sigma_floor_m: Annotated[float, msgspec.Meta(ge=0.3, le=10.0)] = 1.5
    """[m] Smallest sigma accepted, whatever the receiver claims."""
    course_sigma_rad: Annotated[float, msgspec.Meta(ge=0.01, le=0.5)] = 0.09
    """[rad] Sigma of a receiver's Doppler course at running speed."""
    edge_margin_m: Metres = 30.0
    """[m] Nearer than this to the edge of the map, what comes next may be off it."""

    period_s: Annotated[float, msgspec.Meta(ge=0.05, le=2.0)] = 0.39
    """[s] The look-behind is worked out this often: every second fix at 5 Hz."""

    # --- the runner and the map ----------------------------------------------------------
    corridor_m: Annotated[float, msgspec.Meta(ge=0.2, le=2.0)] = 0.75
    """[m] Half the width a runner needs: shoulders, elbows, sway."""
    near_m: Annotated[float, msgspec.Meta(ge=0.5, le=5.0)] = 2.0
    """[m] What comes this near is felt as a true warning even without contact."""
    wander_m: Annotated[float, msgspec.Meta(ge=0.1, le=5.0)] = 0.45
    """[m] Sigma of the runner's line around the middle of a path, people on narrow paths; more
    is learned while running, less is not accepted."""
    map_sigma_m: Annotated[float, msgspec.Meta(ge=0.1, le=10.0)] = 1.0
    """[m] Sigma, one axis, of a mapped object against the mapped way beside it."""
    hold_speed_mps: Annotated[float, msgspec.Meta(ge=0.3, le=2.0)] = 0.7
    """[m/s] Below this the course means nothing: keep the matched direction."""

    # --- when to warn --------------------------------------------------------------------
    moving_mps: Annotated[float, msgspec.Meta(ge=0.05, le=0.5)] = 0.2
    """[m/s] Slower is standing: nothing new is announced, and no time to contact is given.
    Doppler noise at rest is about 0.1; beginners walk backward at 0.4 and must be warned."""
    plan_speed_mps: Annotated[float, msgspec.Meta(ge=0.5, le=5.0)] = 1.5
    """[m/s] Speed assumed for the look-behind when standing."""
    due_s: Seconds = 8.0
    """[s] A warning is due when the contact is this near: 5 s to act, 1 s of position error
    along the way, 1 s to feel and understand."""
    doubtful_due_s: Seconds = 6.0
    """[s] The same for a contact less likely than `stop_p`, or on a branch less likely than
    `sure_route_p`: by then the branch is often taken, or something surer shares the pulse."""
    sure_route_p: Share = 0.9
    """[-] Probability of coming that way below which a contact is doubtful for its branch."""
    horizon_s: Seconds = 10.5
    """[s] Contacts further off than this are not looked at."""
    false_cost: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.2
    """[-] Harm of one buzz for nothing, in missed contacts of severity 3. A pulse is given
    when the contacts it would save weigh more than this times the chance that nothing of it
    comes near. Larger: fewer false alarms per km, more misses."""
    false_cost_wide: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.14
    """[-] The same while the runner deviates as on a wide path. Half as much again of what
    stands there is touched, and no scouting shows which: a false alarm is accepted sooner."""
    false_cost_scouted: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.3
    """[-] The same where a scout walked, on a narrow path: what is left unlikely there was
    passed without a press, and hardly any contact is lost by leaving it out."""
    severity_2_weight: Share = 1.0
    """[-] Harm of a missed trip or bump, in missed falls: nobody who runs backward sees
    either coming, and a lamp post is as hard as a tree."""
    building_weight: Share = 0.1
    """[-] Harm of a missed house wall, in missed falls: ways are drawn along houses, and a
    runner who keeps to one does not meet them. Most that seem to stand in it are drawn off."""
    severity_1_weight: Share = 0.1
    """[-] Harm of a missed nuisance, in missed falls."""
    join_p: Share = 0.015
    """[-] Probability from which a hazard is named in a pulse that is given anyway."""
    alone_p: Share = 0.1
    """[-] What is less likely than this and only joined a pulse is not announced by itself."""
    busy_p: Share = 0.6
    """[-] Probability of entering a busy way, a crossing or bad ground from which it is
    announced: less than this is a junction, and which way is taken is not known yet."""
    pulse_s: Seconds = 3.0
    """[s] Warnings within this time are felt as one."""
    stop_s: Seconds = 4.5
    """[s] STOP when contact is this near: v x 3.3 s plus a sigma of position."""
    stop_p: Share = 0.3
    """[-] STOP needs at least this probability of contact."""
    passed_s: Seconds = 1.0
    """[s] Nearer than this nobody can act on a STOP, and with 1 to 2 m of error along the way
    the obstacle may be passed already: no STOP any more."""
    rearm_s: Seconds = 5.0
    """[s] What was out of the look-behind for so long may be announced again."""
    nearer_factor: Annotated[float, msgspec.Meta(ge=1.0, le=10.0)] = 1.5
    """[-] An edge alongside is announced again when its probability has grown by this factor"""
    nearer_p: Share = 0.1
    """[-] and by this much."""
    remind_s: Seconds = 6.0
    """[s] A hazard is not announced twice within this time."""
    beside_s: Seconds = 15.0
    """[s] `backrun warn` lists water, a wall or a drop that goes on alongside again so often"""
    beside_p: Share = 0.3
    """[-] while the probability of contact on the next stretch is above this."""
    beside_near: Share = 0.7
    """[-] A hazard is listed again only when it comes near with at least this probability."""
    keep_p: Share = 0.008
    """[-] An announced hazard is dropped when its probability falls below this."""

    # --- bends ---------------------------------------------------------------------------
    bend_rad: Annotated[float, msgspec.Meta(ge=0.2, le=3.0)] = 0.6
    """[rad] Turn of the way within 10 m that must be announced: at 2.5 m/s a missed
    turn of this size leaves a 3 m wide path within about 3 m."""

    # --- where a bout may be ---------------------------------------------------------------
    limit_p: Share = 0.2
    """[-] Probability of contact from which a bout waits for an obstacle or ends before it."""
    limit_near_m: Metres = 30.0
    """[m] Obstacles, bends and bad ground are looked for so far: 3 s of walking to the switch
    and 8 s of a bout at up to 3 m/s."""
    limit_reach_m: Annotated[float, msgspec.Meta(ge=10.0, le=300.0)] = 80.0
    """[m] Crossings and roads are looked for so far: a whole bout at 1.2 m/s."""

    # --- scouting ------------------------------------------------------------------------
    left_line_m: Metres = 15.0
    """[m] The scouted line is left further off it than this and twice the position's sigma:
    the two walks' slow errors and half a wide path lie within."""
    on_line_s: Seconds = 60.0
    """[s] On the scouted line for so long, it is the one that is followed."""
    off_line_s: Seconds = 5.0
    """[s] Off it for so long while not facing the course, it was left."""
    mark_sigma_m: Annotated[float, msgspec.Meta(ge=0.5, le=20.0)] = 2.5
    """[m] Sigma, one axis, of a mark whose own sigma is not known."""
    mark_forgotten: Share = 0.12
    """[-] Share of what a scout passes near enough to press for and forgets."""
    mark_reach_m: Metres = 0.4
    """[m] A scout presses for what is so much further out than the corridor."""
    mark_same_m: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 5.0
    """[m] Along the way: a mark this near to a likely mapped hazard was set for it. A press
    comes 0.4 s late at 1.4 m/s, both walks are off by a metre or two, obstacles have a size."""
    line_marked: Share = 0.6
    """[-] Chance that a wall or a rim which a run touches was marked somewhere on its length;
    lower than for a spot, because it is passed near for long and marked once."""
    unmapped_per_m: Share = 0.003
    """[1/m] Obstacles on the line that no map knows: 3 per km."""
    rough_factor: Annotated[float, msgspec.Meta(ge=1.0, le=10.0)] = 1.6
    """[-] Ground that shakes the waist this much more than the route's median is rough."""
    even_factor: Annotated[float, msgspec.Meta(ge=0.5, le=1.5)] = 1.1
    """[-] Ground that shakes the waist less than this, in the wearer's own median on asphalt,
    concrete and paving stones, is even. One walk of 20 m scatters by about a tenth: at 1.0 half
    of the even pieces would be missed."""
    felt_days: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 180
    """[d] What was felt longer ago vouches for nothing: roots, frost, roadworks."""
    stumble_mps2: Annotated[float, msgspec.Meta(ge=20.0, le=150.0)] = 35.0
    """[m/s2] Specific force at the waist while walking that no step makes: a stumble. As the
    coach's threshold of a fall; a running step stays below it."""
    same_route_p: Share = 0.9
    """[-] Chance that a run follows the scouted line at a junction."""
