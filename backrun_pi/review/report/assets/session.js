// Joins map, charts, tables and the time slider through one moment of the session.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const backrun = window.backrun;
  if (!document.querySelector("[data-chart]")) return;
  const session = backrun.load();
  const slider = document.querySelector("[data-do=scrub]");
  const cells = new Map([...document.querySelectorAll("[data-read]")].map((cell) => [cell.dataset.read, cell]));
  const { directions, speed, unknown } = session.texts;
  const NUMBERS = { speed: [speed.digits, ` ${speed.unit}`], cadence: [0, ` ${session.texts.per_minute}`], p_backward: [2, ""], sigma: [1, " m"] };
  let charts = null;
  let map = null;
  let now = -1;

  function read(index) {
    const t = session.t[index];
    const phase = session.phases.find((row) => t >= row.a && t < row.b) ?? session.phases[session.phases.length - 1];
    const texts = { time: backrun.clock(t), utc: backrun.timeOfDay(session, t), phase: phase ? phase.name : null, direction: directions[session.direction[index]] };
    for (const [name, [digits, unit]] of Object.entries(NUMBERS)) {
      const value = session.columns[name] ? session.columns[name][index] : null;
      texts[name] = value === null ? null : backrun.number(session, value, digits) + unit;
    }
    for (const [name, cell] of cells) cell.textContent = texts[name] ?? unknown;
    slider.value = String(Math.round(t));
    slider.setAttribute("aria-valuetext", [texts.time, texts.phase, texts.direction, texts.speed].filter(Boolean).join(", "));
  }

  function go(index) {
    if (index === now) return;
    now = index;
    if (charts) charts.cursor(index);
    if (map) map.cursor(index);
    read(index);
  }

  function goTo(t) {
    const { min, max } = charts.charts[0].scales.x;
    if (t < min || t > max) charts.range(...charts.whole);
    go(backrun.indexAt(session, t));
  }

  for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
  charts = backrun.drawCharts(session, go);
  map = backrun.drawMap(session, go, goTo);
  slider.addEventListener("input", () => goTo(Number(slider.value)));
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-at]");
    if (at) {
      goTo(Number(at.dataset.at));
      if (map && at.dataset.pin) map.open(`${at.dataset.at} ${at.dataset.pin}`);
    }
    const stretch = event.target.closest("[data-from]");
    if (stretch) {
      const from = Number(stretch.dataset.from);
      const to = Number(stretch.dataset.to);
      charts.range(Math.max(0, from - 3), Math.min(charts.whole[1], to + 3));
      if (map) map.show(from, to);
      go(backrun.indexAt(session, from));
    }
    if (at || stretch) document.getElementById("study").scrollIntoView({ block: "start" });
  });

  const firstBout = session.phases.find((row) => row.k === "backward");
  goTo(firstBout ? (firstBout.a + firstBout.b) / 2 : session.duration / 2);
  // For tests and the curious: where the cursor is.
  backrun.session = session;
  backrun.map = map ? map.map : null;
  backrun.state = () => ({ index: now, t: session.t[now], map: map ? map.position() : null, charts: charts.charts.map((u) => u.posToVal(u.cursor.left, "x")), range: [charts.charts[0].scales.x.min, charts.charts[0].scales.x.max] });
});
