"""The twin: a whole board in virtual time, made from a scenario."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

from backrun_pi.errors import MotorFault
from backrun_pi.hardware.ports import Issue
from backrun_pi.messages import DeviceStatus
from backrun_pi.sim.battery import Battery
from backrun_pi.sim.button import SimButton, SimPartner
from backrun_pi.sim.chips import GAUGE_NAMES, body_chips, imu_chip
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gnss_chip import Receiver
from backrun_pi.sim.i2c import SimI2c
from backrun_pi.sim.motor import SimMotor, SimRightMotor
from backrun_pi.sim.rear_lidar import RearLidar
from backrun_pi.sim.rear_line import SimRearLine
from backrun_pi.sim.rear_radar import RearRadar
from backrun_pi.sim.rear_view import RearView
from backrun_pi.sim.rear_world import RearWorld
from backrun_pi.sim.sampler import Sampler, rotation
from backrun_pi.sim.scenario import Scenario
from backrun_pi.sim.serial_line import SimSerial
from backrun_pi.sim.storage import SimStorage
from backrun_pi.sim.wearer import Wearer
from backrun_pi.sim.worker import SimWorker
from backrun_pi.sim.world import World

_CPU_C = 47.0


class PowerCut(BaseException):
    """The board has lost its power: nothing of the program survives. See TwinBoard.reboot."""


class TwinBoard:
    """Implements hardware.ports.Board; `root` is the folder that stands for the card."""

    def __init__(
        self,
        scenario: Scenario,
        root: Path,
        pace: Callable[[float], None] | None = None,
    ) -> None:
        self.scenario = scenario
        seeds = [
            np.random.default_rng(s)
            for s in np.random.SeedSequence(scenario.head.seed).spawn(8)
        ]
        faults = self._faults = FaultBook(scenario.faults)
        self._pace = pace
        self._clock = SimClock(scenario.start_utc_s, scenario.clock.wall_error_s)
        self._clock.on_wait = self._on_wait
        self.world = World(scenario, seeds[0], faults.edges_s)
        self.wearer = Wearer(scenario.runner, scenario.motor, self.world)
        motor = scenario.motor
        self._motor = SimMotor(
            self._clock,
            faults,
            rise_s=motor.rise_s,
            fall_s=motor.fall_s,
            shake_mps2=motor.shake_mps2,
        )
        self._sampler = Sampler(
            world=self.world,
            motor=self._motor,
            clock=self._clock,
            faults=faults,
            table=scenario.imu,
            rng=seeds[1],
        )
        self._battery = Battery(scenario.battery, self._clock)
        self._imu = imu_chip(scenario.imu, self._sampler, self._clock, faults)
        body = body_chips(scenario.battery, self._battery, motor, self._clock, self._turn)
        self._chips = body | self._imu
        self._i2c = SimI2c(self._clock, faults, dict(self._chips), set(self._imu), seeds[2])
        self._receiver = (
            None
            if scenario.gnss.chip == "none"
            else Receiver(scenario, self.world, faults, seeds[3])
        )
        self._serial = SimSerial(self._clock, faults, self._receiver, seeds[4])
        self._rear_chips, self._rear_lines = self._rear_parts(seeds[6], seeds[7])
        self._button = SimButton(self._clock, faults, scenario.presses)
        self._partner = (
            SimPartner(
                self._clock, faults, scenario.partner_presses, scenario.partner.connects_at_s
            )
            if scenario.partner.is_paired
            else None
        )
        self._storage = SimStorage(
            root, self._clock, faults, scenario.card.free_bytes, seeds[5]
        )
        for name, file in scenario.files.items():
            self._storage.replace(name, file.read_bytes())
        self._workers: list[SimWorker] = []
        self._boots = 0
        self.notifications: list[tuple[float, str]] = []

    # --- Board --------------------------------------------------------------------------

    @property
    def clock(self) -> SimClock:
        """Return virtual time."""
        return self._clock

    @property
    def i2c(self) -> SimI2c:
        """Return the bus."""
        return self._i2c

    @property
    def gnss(self) -> SimSerial:
        """Return the receiver's line."""
        return self._serial

    @property
    def rear_lidar(self) -> SimRearLine:
        """Return the line of the range sensor at the back."""
        return self._rear_lines[0]

    @property
    def rear_radar(self) -> SimRearLine:
        """Return the line of the radar at the back."""
        return self._rear_lines[1]

    @property
    def motor(self) -> SimMotor:
        """Return the motor."""
        return self._motor

    @property
    def right_motor(self) -> SimRightMotor | None:
        """Return the second motor."""
        return self._motor.right if self.scenario.motor.has_right else None

    @property
    def gauge(self) -> str | None:
        """Return the battery gauge."""
        battery = self.scenario.battery
        return GAUGE_NAMES[battery.gauge] if battery.has_gauge else None

    @property
    def button(self) -> SimButton:
        """Return the button."""
        return self._button

    @property
    def partner(self) -> SimPartner | None:
        """Return the partner's button."""
        return self._partner

    @property
    def storage(self) -> SimStorage:
        """Return the card."""
        return self._storage

    @property
    def boot_id(self) -> str:
        """Return an id that is the same for the same seed and boot."""
        name = f"{self.scenario.head.seed}/{self._boots}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))

    def issues(self) -> tuple[Issue, ...]:
        """Return nothing: a twin is set up by its scenario."""
        return ()

    def status(self) -> DeviceStatus:
        """Return the device's own body."""
        t_s = self._clock.elapsed_s
        charge_p: float | None = None
        volts: float | None = None
        battery = self.scenario.battery
        if battery.has_gauge:
            volts, charge_p = self._battery.cell()
        if battery.gauge == "ina219":
            charge_p = None  # a voltage alone is no charge
        return DeviceStatus(
            t_ns=self._clock.now_ns(),
            battery_v=volts,
            charge_p=charge_p,
            cpu_c=self._faults.value("cpu_hot", t_s) or _CPU_C,
            is_undervolted=self._faults.holds("undervoltage", t_s),
            card_free_bytes=self._storage.free_bytes(),
        )

    def background(self, name: str, step: Callable[[], None]) -> SimWorker:
        """Run `step` whenever it was woken and the main loop waits."""
        worker = SimWorker(
            name, step, lambda: self._faults.holds("card_stalled", self._clock.elapsed_s)
        )
        self._workers.append(worker)
        return worker

    def notify(self, state: str) -> None:
        """Remember what was sent to the service manager."""
        self.notifications.append((self._clock.elapsed_s, state))

    def close(self) -> None:
        """Motor off, line closed."""
        self._motor.cut_power(self._clock.elapsed_s)
        self._serial.close()

    # --- for the runner of a scenario -----------------------------------------------------

    def is_over(self) -> bool:
        """Return whether the scenario has reached its end."""
        return self._clock.elapsed_s >= self.scenario.duration_s

    @property
    def elapsed_s(self) -> float:
        """Return seconds of the scenario."""
        return self._clock.elapsed_s

    @property
    def start_ns(self) -> int:
        """Return the scenario's first moment on the clock of the present boot."""
        return self._clock.board_ns(0.0)

    def reboot(self) -> None:
        """Come back after PowerCut: what was not on the medium is gone, chips start again."""
        self._boots += 1
        self._clock.reboot(self._off_s)
        self.reboot_parts()
        if self._receiver is not None:
            self._receiver.power_on(self._clock.elapsed_s)
        self._restart("rear_reset", self._clock.elapsed_s)
        self._button.forget()
        self._workers.clear()

    def reboot_parts(self) -> None:
        """Let every chip on the bus lose its power for a moment."""
        for chip in self._chips.values():
            chip.power_on()

    def _on_wait(self, until_ns: int) -> None:
        until_s = until_ns / 1e9
        late_ms = self._faults.value("slow_loop", self._clock.elapsed_s)
        if late_ms is not None:
            until_s += late_ms / 1e3
        self.world.advance(until_s)
        self.wearer.feel(until_s, self._motor.history)
        for worker in self._workers:
            worker.catch_up()
        self._clock.pass_s(max(0.0, until_s - self._clock.elapsed_s))
        if self._faults.next_event_s() <= until_s:
            for name, value in self._faults.pop_events(until_s):
                self._happen(name, value)
        if self._pace is not None:
            self._pace(until_s)

    def _happen(self, name: str, value: float) -> None:
        t_s = self._clock.elapsed_s
        if name == "imu_reset":
            for chip in self._imu.values():
                chip.power_on()
        elif name == "mount_slip":
            self._sampler.remount(rotation(0.0, 0.0, value))
        elif name == "mount_flip":
            self._sampler.remount(rotation(180.0, 0.0, 0.0))
        elif name in {"gnss_reset", "rear_reset"}:
            self._restart(name, t_s)
        elif name == "card_low":
            self._storage.set_free(value)
        elif name == "battery_at":
            self._battery.set(value)
        elif name == "clock_step":
            self._clock.step_wall(value)
        elif name == "power_cut":
            self._off_s = value
            self._motor.cut_power(t_s)
            self._storage.cut_power()
            self._serial.close()
            raise PowerCut(f"no power from {t_s:.1f} s on")

    _off_s = 0.0

    def _rear_parts(
        self, lidar_rng: np.random.Generator, radar_rng: np.random.Generator
    ) -> tuple[tuple[RearLidar | None, RearRadar | None], tuple[SimRearLine, SimRearLine]]:
        """Return the sensors at the back that are wired, and the lines of both."""
        scenario, faults = self.scenario, self._faults
        table = scenario.rear
        lidar: RearLidar | None = None
        radar: RearRadar | None = None
        if table.lidar != "none" or table.radar != "none":
            view = RearView(self.world, table, scenario.imu)
            around = RearWorld(self.world, scenario.others, scenario.slopes)
            if table.lidar != "none":
                lidar = RearLidar(table, view, around, faults, lidar_rng)
            if table.radar != "none":
                radar = RearRadar(table, view, around, faults, radar_rng)
        lines = (
            SimRearLine("/dev/ttySC0", self._clock, faults, lidar, lidar_rng),
            SimRearLine("/dev/ttySC1", self._clock, faults, radar, radar_rng),
        )
        return (lidar, radar), lines

    def _restart(self, name: str, t_s: float) -> None:
        chips = (self._receiver,) if name == "gnss_reset" else self._rear_chips
        for chip in chips:
            if chip is not None:
                chip.power_on(t_s)

    def _turn(self, strength: float, duration_s: float) -> None:
        """What the haptic driver's outputs do: until then, or until they do something else."""
        with contextlib.suppress(MotorFault):  # the chip took it; what hangs on it did not
            self._motor.drive(strength, duration_s, is_right=False)
