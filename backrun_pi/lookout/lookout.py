"""The door of the room: samples of the rear sensors in, what is oncoming out.

A room of its own and not a part of the terrain: it needs neither map nor marks, runs on every
frame, and must go on when the look behind on the map fails, as that one must without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from backrun_pi.lookout.blindness import Blindness
from backrun_pi.lookout.coming import Comer, Comers
from backrun_pi.lookout.ground import Ground
from backrun_pi.lookout.own_path import OwnPath
from backrun_pi.lookout.ray import Aim
from backrun_pi.lookout.settings import LookoutSettings
from backrun_pi.lookout.standing import Hit, Sighting, Sightings
from backrun_pi.messages import (
    BodyPose,
    Direction,
    Echo,
    Gait,
    OncomingHazard,
    RearPart,
    RearSample,
    RunnerState,
    Stage,
    StateChange,
)

LOOKOUT_FILE = "state/rear_sign"
_CONTACT_M = 0.3  # from the sensor to the back of somebody who leans
_COURSE_SIGMA_RAD = math.radians(2.0)
_SPEED_SIGMA_MPS = 0.15
_SAME_M = 2.0  # radar and range sensor see one mover this far apart
_ONE_M = 3.0  # what is on the map and seen this near to it is one obstacle


@dataclass(frozen=True, slots=True)
class _Meeting:
    """When and where a track is met."""

    track: Sighting
    along_m: float
    left_m: float
    """[m] Across the course, as it is met."""
    closing_mps: float
    contact_s: float
    contact_sigma_s: float


@dataclass(frozen=True, slots=True)
class LookoutOutput:
    """What follows from one tick."""

    hazards: tuple[OncomingHazard, ...]
    """What is oncoming, as seen."""
    blind_because: str | None
    """Why the range sensor sees nothing although it talks; None while it sees."""
    change: StateChange | None
    """What was learned of the radar."""


NOTHING_FITTED = LookoutOutput((), None, None)
"""Without rear sensors nothing is seen, and nothing is missed."""


class Lookout:
    """Keeps what is seen behind; advanced only by `step`."""

    def __init__(
        self, settings: LookoutSettings, aim_deg: tuple[float, float], kept: bytes | None
    ) -> None:
        """Begin with nothing seen.

        Args:
            settings: Thresholds.
            aim_deg: How far the range sensor points down, and to the left, in the device.
            kept: The radar's sign of coming, as learned before.
        """
        self._settings = settings
        self._aim = Aim(*aim_deg)
        self._path = OwnPath(settings.unknown_speed_mps)
        self._tracks = Sightings(settings)
        self._comers = Comers(settings, kept)
        self._blindness = Blindness(settings)
        self._ground = Ground()
        self._stopped: set[str] = set()
        self._last: tuple[OncomingHazard, ...] = ()
        self._blind_because: str | None = None

    def step(
        self,
        now_ns: int,
        state: RunnerState,
        pose: BodyPose | None,
        samples: Iterable[RearSample] | None,
    ) -> LookoutOutput:
        """Take a tick.

        Args:
            now_ns: [ns] Now.
            state: What the runner does.
            pose: How device and body are turned now; None while it is not known.
            samples: New ones; None on ticks on which nothing was read.
        """
        if pose is not None:
            self._path.note(pose)
        if samples is None:
            return LookoutOutput(self._last, self._blind_because, None)
        self._path.move(now_ns, state)
        learned: bytes | None = None
        for sample in samples:
            if sample.source is RearPart.LIDAR:
                self._look(sample, state, now_ns)
            else:
                learned = self._hear(sample, state) or learned
        self._tracks.forget(now_ns)
        self._comers.forget(now_ns)
        self._blind_because = self._blindness.because(now_ns)
        self._last = tuple(self._oncoming(state, now_ns))
        change = (
            None if learned is None else StateChange(LOOKOUT_FILE, learned, is_append=False)
        )
        return LookoutOutput(self._last, self._blind_because, change)

    def _hear(self, sample: RearSample, state: RunnerState) -> bytes | None:
        is_backward = state.direction is Direction.BACKWARD
        return self._comers.take(sample, self._path.speed_mps, is_backward=is_backward)

    def _look(self, sample: RearSample, state: RunnerState, now_ns: int) -> None:
        self._blindness.note(sample)
        path, settings = self._path, self._settings
        ray = self._aim.at(path, sample.t_ns)
        if ray is None:
            return
        if state.gait in {Gait.WALK, Gait.RUN}:
            self._blindness.aim(ray.rise_rad, sample.t_ns)
        if abs(state.turn_rps or 0.0) > math.radians(settings.turning_dps):
            return
        ago_m = path.speed_mps * max(0, now_ns - sample.t_ns) * 1e-9
        own = (
            path.x_m - ago_m * math.cos(path.course_rad),
            path.y_m - ago_m * math.sin(path.course_rad),
        )
        range_m = sample.range_m
        if sample.echo is not Echo.RANGE or range_m is None or range_m < settings.nearest_m:
            return
        flat_m = range_m * math.cos(ray.rise_rad)
        self._tracks.pass_by(ray.yaw_rad, math.tan(ray.rise_rad), flat_m, own, sample.t_ns)
        above_m = self._ground.above_m(
            settings.height_m + range_m * math.sin(ray.rise_rad), flat_m
        )
        if above_m < settings.ground_m:
            return
        hit = Hit(
            t_ns=sample.t_ns,
            x_m=own[0] + flat_m * math.cos(ray.yaw_rad),
            y_m=own[1] + flat_m * math.sin(ray.yaw_rad),
            z_m=above_m,
            sigma_m=sample.range_sigma_m or 0.0,
            side_sigma_m=range_m * sample.bearing_sigma_rad,
        )
        is_known = self._ground.is_known
        steepest_p = settings.steepens_p if is_known else settings.steepest_p
        self._tracks.take(hit, own, steepest_p)

    def _oncoming(self, state: RunnerState, now_ns: int) -> Iterator[OncomingHazard]:
        if state.gait is Gait.STILL:
            return
        comers = list(self._comers.confirmed())
        for track in self._tracks:
            if not track.is_confirmed:
                continue
            meeting = self._meeting(track, now_ns)
            if meeting is None:
                continue
            comer = self._same(comers, meeting.along_m) if track.is_moving else None
            if comer is not None:
                comers.remove(comer)
                track.name = comer.name
            hazard = self._announced(meeting, now_ns)
            if hazard is not None:
                yield hazard
        for comer in comers:
            hazard = self._coming(comer, now_ns)
            if hazard is not None:
                yield hazard

    def _meeting(self, track: Sighting, now_ns: int) -> _Meeting | None:
        """Return how a track is met; None when it is not."""
        path = self._path
        along_m, left_m = path.relative(*track.at(now_ns))
        if along_m < 0.0:
            return None
        c, s = math.cos(path.course_rad), math.sin(path.course_rad)
        closing_mps = path.speed_mps - (track.vx_mps * c + track.vy_mps * s)
        if closing_mps < 0.1:
            return None
        contact_s = max(0.0, along_m - _CONTACT_M) / closing_mps
        left_m += (track.vy_mps * c - track.vx_mps * s) * contact_s
        sigma_s = math.hypot(
            track.hits[-1].sigma_m / closing_mps, _SPEED_SIGMA_MPS * contact_s / closing_mps
        )
        return _Meeting(
            track=track,
            along_m=along_m,
            left_m=left_m,
            closing_mps=closing_mps,
            contact_s=contact_s,
            contact_sigma_s=sigma_s,
        )

    def _announced(self, met: _Meeting, now_ns: int) -> OncomingHazard | None:
        settings, track = self._settings, met.track
        if abs(met.left_m) > settings.half_width_m or met.contact_s > settings.caution_s:
            return None
        is_stop = met.contact_s - met.contact_sigma_s <= settings.stop_s
        if is_stop:
            self._stopped.add(track.name)
        does = "comes" if track.is_moving else "stands"
        return OncomingHazard(
            t_ns=now_ns,
            hazard_id=track.name,
            kind="seen",
            osm_id=None,
            severity=2,
            stage=Stage.STOP if track.name in self._stopped else Stage.CAUTION,
            distance_m=met.along_m,
            offset_m=met.left_m,
            contact_s=met.contact_s,
            p_contact=self._p_contact(met),
            because=(
                f"something {does} {met.along_m:.1f} m behind you, seen {track.seen} times",
                _when(met.closing_mps, met.contact_s, met.contact_sigma_s),
            ),
        )

    def _coming(self, comer: Comer, now_ns: int) -> OncomingHazard | None:
        settings = self._settings
        range_m = comer.range_at(now_ns)
        if range_m < 0.0 or abs(comer.bearing_rad) > math.radians(settings.comes_deg):
            return None
        contact_s = max(0.0, range_m - _CONTACT_M) / comer.closing_mps
        if contact_s > settings.comes_caution_s:
            return None
        sigma_s = comer.closing_sigma_mps * contact_s / comer.closing_mps
        if contact_s - sigma_s <= settings.stop_s:
            self._stopped.add(comer.name)
        return OncomingHazard(
            t_ns=now_ns,
            hazard_id=comer.name,
            kind="comes",
            osm_id=None,
            severity=3,
            stage=Stage.STOP if comer.name in self._stopped else Stage.CAUTION,
            distance_m=range_m,
            offset_m=range_m * math.sin(comer.bearing_rad),
            contact_s=contact_s,
            p_contact=0.5,
            because=(
                f"somebody comes, {range_m:.0f} m behind you",
                _when(comer.closing_mps, contact_s, sigma_s),
            ),
        )

    def _p_contact(self, met: _Meeting) -> float:
        """Return the probability that it lies within the corridor."""
        side_m = met.track.hits[-1].side_sigma_m
        sigma_m = math.hypot(side_m, _COURSE_SIGMA_RAD * met.along_m, 0.1) * math.sqrt(2.0)
        half_m, left_m = self._settings.half_width_m, met.left_m
        inside = math.erf((half_m - left_m) / sigma_m) + math.erf((half_m + left_m) / sigma_m)
        return 0.5 * inside

    @staticmethod
    def _same(comers: Sequence[Comer], along_m: float) -> Comer | None:
        near = [one for one in comers if abs(one.range_m - along_m) <= _SAME_M]
        return min(near, key=lambda one: abs(one.range_m - along_m), default=None)


def _when(closing_mps: float, contact_s: float, sigma_s: float) -> str:
    return f"{closing_mps:.1f} m/s, contact in {contact_s:.1f} s +- {sigma_s:.1f}"


def merged(
    known: tuple[OncomingHazard, ...], seen: tuple[OncomingHazard, ...]
) -> tuple[OncomingHazard, ...]:
    """Return mapped and seen hazards; one that is both is one obstacle.

    The seen one takes the obstacle of the known one: announced once, and STOP when the seen
    range says so before the map does.
    """
    if not seen:
        return known
    found = list(known)
    for hazard in seen:
        near = [
            other
            for other in known
            if not other.is_edge
            and hazard.kind == "seen"
            and abs(other.distance_m - hazard.distance_m) <= _ONE_M
        ]
        one = min(near, key=lambda o: abs(o.distance_m - hazard.distance_m), default=None)
        if one is None:
            found.append(hazard)
        elif one.stage is not hazard.stage and hazard.stage is Stage.STOP:
            found.append(replace(hazard, obstacle_id=one.obstacle_id or one.hazard_id))
    return tuple(found)
