"""The twin as a whole: time, motor, button, card, power, and that it repeats itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backrun_pi.errors import MotorFault, RecordError
from backrun_pi.hardware.ports import Board
from backrun_pi.sim.board import PowerCut, TwinBoard
from tests.support.twin import board, run_to, scenario

SHORT = "duration_s = 60\n"


def as_board(twin: Board) -> Board:
    """Let the type checker hold the twin against the boundary."""
    return twin


def test_the_twin_offers_everything_a_board_must(tmp_path: Path) -> None:
    twin = as_board(board(tmp_path, SHORT))
    assert twin.partner is None
    twin.notify("READY=1")
    twin.close()
    twin.close()


def test_time_passes_only_by_waiting_and_on_the_bus(tmp_path: Path) -> None:
    twin = board(tmp_path, SHORT)
    start_ns = twin.clock.now_ns()
    assert start_ns > 0
    twin.button.edges()
    twin.status()
    assert twin.clock.now_ns() == start_ns
    twin.clock.sleep_until_ns(start_ns + 50_000_000)
    assert twin.clock.now_ns() == start_ns + 50_000_000
    twin.clock.sleep_until_ns(start_ns)
    assert twin.clock.now_ns() == start_ns + 50_000_000
    twin.i2c.read(0x68, 0x75, 100)
    assert 2_000_000 < twin.clock.now_ns() - start_ns - 50_000_000 < 3_000_000


def test_a_loop_that_is_late_wakes_late(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'slow_loop'\nfrom_s = 0\nvalue = 30\n"
    twin = board(tmp_path, SHORT + fault)
    start_ns = twin.clock.now_ns()
    twin.clock.sleep_until_ns(start_ns + 50_000_000)
    assert twin.clock.now_ns() == start_ns + 80_000_000


def test_the_pace_setter_is_given_the_time_of_the_scenario(tmp_path: Path) -> None:
    reported: list[float] = []
    twin = TwinBoard(scenario(tmp_path, SHORT), tmp_path / "card", pace=reported.append)
    run_to(twin, 0.2)
    assert reported == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert not twin.is_over()
    run_to(twin, 60.0)
    assert twin.is_over()


def test_a_pulse_ends_by_itself_and_a_new_one_replaces_it(tmp_path: Path) -> None:
    twin = board(tmp_path, SHORT)
    twin.motor.pulse(0.8, 0.5)
    run_to(twin, 0.2)
    twin.motor.pulse(1.0, 0.3)
    run_to(twin, 1.0)
    twin.motor.pulse(1.0, 2.0)
    run_to(twin, 1.1)
    twin.motor.off()
    spans = [(round(p.on_s, 3), round(p.off_s, 3)) for p in twin.motor.history]
    assert spans == [(0.0, 0.2), (0.2, 0.5), (1.0, 1.1)]


def test_the_motor_needs_time_to_spin_up_and_to_stop(tmp_path: Path) -> None:
    twin = board(tmp_path, SHORT)
    twin.motor.pulse(1.0, 0.3)
    t_s = np.arange(0.0, 0.6, 0.0005)
    shake = np.abs(twin.motor.shake(t_s, 1000.0)[1])
    full = shake[(t_s > 0.2) & (t_s < 0.3)].max()
    assert shake[t_s < 0.02].max() < 0.5 * full
    assert shake[(t_s > 0.31) & (t_s < 0.33)].max() > 0.3 * full
    assert shake[t_s > 0.55].max() < 0.02 * full


def test_a_broken_motor_refuses_and_a_stalled_one_only_stands_still(tmp_path: Path) -> None:
    faults = """
[[fault]]
what = "motor_fault"
from_s = 0
until_s = 1
[[fault]]
what = "motor_stall"
from_s = 1
until_s = 2
"""
    twin = board(tmp_path, SHORT + faults)
    with pytest.raises(MotorFault):
        twin.motor.pulse(1.0, 0.2)
    run_to(twin, 1.0)
    twin.motor.pulse(1.0, 0.2)
    assert twin.motor.history == []


@pytest.mark.parametrize(
    ("kind", "edges"), [("short", 2), ("double", 4), ("triple", 6), ("bouncing", 18)]
)
def test_a_finger_makes_the_edges_of_its_gesture(tmp_path: Path, kind: str, edges: int) -> None:
    twin = board(tmp_path, SHORT + f"[[press]]\nat_s = 1\nkind = '{kind}'\n")
    run_to(twin, 0.9)
    assert twin.button.edges() == []
    run_to(twin, 4.0)
    found = twin.button.edges()
    assert len(found) == edges
    assert [edge.is_pressed for edge in found] == [k % 2 == 0 for k in range(edges)]
    assert found[0].t_ns == twin.clock.board_ns(1.0)
    assert twin.button.edges() == []


def test_the_edges_of_a_bouncing_contact_alternate(tmp_path: Path) -> None:
    text = "[[press]]\nat_s = 1\nkind = 'bouncing'\n"
    twin = board(tmp_path, SHORT + text)
    run_to(twin, 4.0)
    found = twin.button.edges()
    assert [edge.is_pressed for edge in found[:4]] == [True, False, True, False]
    assert not found[-1].is_pressed


def test_a_partner_out_of_reach_sends_nothing(tmp_path: Path) -> None:
    text = """
[partner]
is_paired = true
[[partner_press]]
at_s = 1
[[partner_press]]
at_s = 3
[[fault]]
what = "partner_gone"
from_s = 2
until_s = 4
"""
    twin = board(tmp_path, SHORT + text)
    assert twin.partner is not None
    run_to(twin, 1.5)
    assert len(twin.partner.poll()[0]) == 2
    run_to(twin, 3.5)
    assert twin.partner.poll() == ((), False)
    run_to(twin, 4.5)
    assert twin.partner.poll() == ([], True)


def test_what_was_synced_survives_a_power_cut(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'power_cut'\nfrom_s = 2\nvalue = 5\n"
    twin = board(tmp_path, SHORT + fault)
    first_boot = twin.boot_id
    card = twin.storage
    card.append("a.log", b"kept")
    card.sync("a.log")
    card.append("a.log", b"perhaps" * 100)
    card.append("b.log", b"never synced")
    card.replace("c.json", b"whole")
    with pytest.raises(PowerCut):
        run_to(twin, 3.0)
    twin.reboot()
    kept = card.read("a.log")
    assert kept is not None
    assert kept.startswith(b"kept")
    assert len(kept) < 704
    assert card.read("c.json") == b"whole"
    assert twin.boot_id != first_boot
    assert twin.elapsed_s == pytest.approx(7.0, abs=0.1)
    assert twin.clock.now_ns() == pytest.approx(20e9)
    assert twin.i2c.read(0x68, 0x6B, 1) == b"\x40"


def test_the_boot_id_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first, second = board(tmp_path / "1", SHORT), board(tmp_path / "2", SHORT)
    assert first.boot_id == second.boot_id
    assert board(tmp_path / "3", SHORT + "seed = 2\n").boot_id != first.boot_id


@pytest.mark.parametrize(("what", "word"), [("card_full", "space"), ("card_read_only", "only")])
def test_a_card_that_refuses_says_why(tmp_path: Path, what: str, word: str) -> None:
    twin = board(tmp_path, SHORT + f"[[fault]]\nwhat = '{what}'\nfrom_s = 1\n")
    twin.storage.append("a.log", b"x")
    run_to(twin, 1.0)
    with pytest.raises(RecordError, match=word):
        twin.storage.append("a.log", b"x")
    assert twin.storage.read("a.log") == b"x"


def test_the_card_fills_up(tmp_path: Path) -> None:
    twin = board(tmp_path, SHORT + "[card]\nfree_bytes = 100\n")
    twin.storage.append("a", bytes(60))
    assert twin.storage.free_bytes() == 40
    with pytest.raises(RecordError):
        twin.storage.append("a", bytes(60))
    twin.storage.delete("a")
    assert twin.storage.free_bytes() == 100
    assert twin.storage.names("") == []


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../b"])
def test_a_name_that_leaves_the_card_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordError):
        board(tmp_path, SHORT).storage.append(name, b"x")


def test_background_work_is_done_while_the_loop_waits(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'card_stalled'\nfrom_s = 1\nuntil_s = 2\n"
    twin = board(tmp_path, SHORT + fault)
    calls: list[float] = []
    worker = twin.background("recorder", lambda: calls.append(twin.elapsed_s))
    run_to(twin, 0.1)
    assert calls == []
    worker.wake()
    assert calls == []
    run_to(twin, 0.2)
    assert len(calls) == 1
    run_to(twin, 1.1)
    worker.wake()
    run_to(twin, 1.9)
    assert len(calls) == 1
    assert not worker.close(1.0)
    run_to(twin, 2.5)
    assert calls[1:] == [pytest.approx(2.0)]  # a thread goes on when the card answers again


def test_closing_a_worker_calls_it_once_more(tmp_path: Path) -> None:
    calls: list[int] = []
    worker = board(tmp_path, SHORT).background("recorder", lambda: calls.append(1))
    assert worker.close(1.0)
    assert worker.close(1.0)
    assert calls == [1]


def test_the_battery_runs_down_and_the_gauge_can_be_missing(tmp_path: Path) -> None:
    text = SHORT + "[battery]\ncharge_p = 0.5\nlasts_h = 1\n"
    twin = board(tmp_path / "1", text)
    run_to(twin, 36.0)
    status = twin.status()
    assert status.charge_p == pytest.approx(0.49)
    assert status.battery_v is not None
    assert 3.7 < status.battery_v < 3.9
    bare = board(tmp_path / "2", SHORT + "[battery]\nhas_gauge = false\n").status()
    assert bare.charge_p is None
    assert bare.battery_v is None


def test_the_system_clock_is_wrong_and_may_jump(tmp_path: Path) -> None:
    text = (
        SHORT
        + """
start_utc = 2026-05-03T08:00:00Z
[clock]
wall_error_s = -3600
[[fault]]
what = "clock_step"
from_s = 1
value = 7200
"""
    )
    twin = board(tmp_path, text)
    true_s = twin.clock.true_utc_s()
    assert twin.clock.wall_utc_s() == pytest.approx(true_s - 3600)
    before_ns = twin.clock.now_ns()
    run_to(twin, 2.0)
    assert twin.clock.wall_utc_s() == pytest.approx(true_s + 2 + 3600)
    assert twin.clock.now_ns() - before_ns == 2_000_000_000


def sense(folder: Path, seed: int) -> bytes:
    twin = board(folder, f"seed = {seed}\n" + SHORT + "[[script]]\ndo = 'run_forward'\n")
    twin.gnss.open(9600)
    for register, value in ((0x6B, 1), (0x19, 9), (0x1A, 3), (0x23, 0x78), (0x6A, 0x44)):
        twin.i2c.write(0x68, register, bytes((value,)))
    out = b""
    while twin.elapsed_s < 8.0:
        run_to(twin, twin.elapsed_s + 0.1)
        count = int.from_bytes(twin.i2c.read(0x68, 0x72, 2), "big")
        out += twin.i2c.read(0x68, 0x74, count) + twin.gnss.read()
    return out


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    assert sense(tmp_path / "1", 1) == sense(tmp_path / "2", 1)
    assert sense(tmp_path / "3", 2) != sense(tmp_path / "4", 1)


def test_a_file_can_be_on_the_card_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "marks").write_bytes(b"{}\n")
    twin = board(tmp_path, SHORT + "[card.files]\n'state/marks.jsonl' = 'marks'\n")
    assert twin.storage.read("state/marks.jsonl") == b"{}\n"
    assert twin.storage.names("state") == ["marks.jsonl"]


def test_a_disk_that_is_really_full_refuses_as_a_card_does(tmp_path: Path) -> None:
    twin = board(tmp_path, SHORT)
    twin.storage.append("taken", b"a file where a folder is wanted")
    with pytest.raises(RecordError, match="taken/log"):
        twin.storage.append("taken/log", b"1\n")
    with pytest.raises(RecordError, match="taken/state"):
        twin.storage.replace("taken/state", b"2\n")
