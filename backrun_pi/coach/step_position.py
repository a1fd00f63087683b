"""Where in the flat list of steps the wearer is, and what the steps to come ask for."""

from __future__ import annotations

from backrun_pi.coach.holding import Holding
from backrun_pi.coach.plan import Treadmill
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.steps import Planned, bout_time_s
from backrun_pi.messages import Phase


class StepPosition:
    """The step under way, how much of it is over, and the bouts after it."""

    def __init__(
        self,
        planned: tuple[Planned, ...],
        settings: CoachSettings,
        treadmill: Treadmill | None,
    ) -> None:
        """Begin with the first step.

        Args:
            planned: All steps.
            settings: Of the room.
            treadmill: Speeds of the belt; None on the ground.
        """
        self._planned = planned
        self._settings = settings
        self._treadmill = treadmill
        self._holding = Holding(settings)
        self.index = 0
        self.elapsed_s = 0.0
        self.is_done = False
        self.owed_s = 0.0
        """[s] Of bouts that ended before something on the course."""
        self._extra_s = 0.0

    @property
    def current(self) -> Planned | None:
        """Return the step under way."""
        return None if self.is_done else self._planned[self.index]

    @property
    def bouts(self) -> int:
        """Return the number of bouts."""
        return self._planned[-1].bout

    @property
    def phase(self) -> Phase:
        """Return what the step under way asks for."""
        current = self.current
        if current is None:
            return Phase.FREE
        if current.step.go == "backward":
            return Phase.BACKWARD
        if current.bout == 0:
            return Phase.WARM_UP
        is_after_last = all(p.step.go == "forward" for p in self._planned[self.index :])
        return Phase.COOL_DOWN if is_after_last else Phase.RECOVER

    @property
    def remaining_s(self) -> float | None:
        """Return what is left of a step by time."""
        current = self.current
        if current is None or current.step.time_s is None:
            return None
        return max(0.0, current.step.time_s + self._extra_s - self.elapsed_s)

    @property
    def cap_mps(self) -> float | None:
        """Return the speed cap now; on a treadmill that is the belt's speed."""
        current = self.current
        if current is None or self._treadmill is not None:
            return self.belt_mps
        return current.step.cap_at(self.elapsed_s)

    @property
    def belt_mps(self) -> float | None:
        """Return what the belt is to be set to now; None on the ground or without a speed."""
        current = self.current
        if current is None or self._treadmill is None:
            return None
        return self._treadmill.belt_mps(current.step, current.bout)

    def coming_bouts_s(self) -> tuple[float, ...]:
        """Return the lengths of the bouts to come; none where one is not by time."""
        numbers = sorted(
            {p.bout for p in self._planned[self.index :] if p.step.go == "backward"}
        )
        lengths = [bout_time_s(self._planned, number) for number in numbers]
        known = [length for length in lengths if length is not None]
        if not known or len(known) < len(lengths) or self._treadmill is not None:
            return ()
        known[0] += min(self.owed_s, self._settings.bout_extra_s)
        return tuple(known)

    def rest_s(self) -> float | None:
        """Return the length of the rest between two bouts; None when it is not by time."""
        rests = [p.step for p in self._planned if p.bout > 0 and p.step.go == "forward"]
        return rests[0].time_s if rests else 0.0

    def next_backward_mps(self) -> float:
        """Return the speed of the next bout, as it is known or as the plan allows."""
        coming = (p.step for p in self._planned[self.index :] if p.step.go == "backward")
        cap_mps = next((step.cap_at(0.0) for step in coming), None)
        return self._holding.backward_mps(cap_mps)

    def _of_this_bout(self) -> tuple[Planned, ...]:
        """Return the backward steps of the present bout that are still to come."""
        here = self._planned[self.index]
        found: list[Planned] = []
        for planned in self._planned[self.index + 1 :]:
            if planned.bout != here.bout or planned.step.go != "backward":
                break
            found.append(planned)
        return tuple(found)
