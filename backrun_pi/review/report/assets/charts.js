// Draws the charts over time and keeps their cursor and their range together.
"use strict";
(() => {
  const backrun = (window.backrun = window.backrun || {});
  const AXIS_WIDTH = 36;
  const ICONS = { stop: 9, caution: 8, blind: 8, notice: 5, mark: 5, coach: 2.6 };

  // Range of the y axis: from zero, a little air above, never flat.
  const fromZero = (least) => (u, min, max) => [0, Math.max(least, (max ?? 0) * 1.12)];
  // Of the shown part all but the wildest values; the caption names these too.
  const around = (u) => {
    const [from, to] = u.series[0].idxs ?? [0, u.data[0].length - 1];
    const sorted = u.data[1].slice(from, to + 1).filter((v) => v !== null).sort((a, b) => a - b);
    if (!sorted.length) return [0, 100];
    const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
    return [Math.max(0, Math.floor(at(0.01) / 10) * 10 - 10), Math.ceil(at(0.99) / 10) * 10 + 10];
  };
  const KINDS = {
    lane: { height: 74, range: () => [0, 1], ticks: [], digits: 0 },
    speed: { height: 150, range: fromZero(1), digits: 1 },
    cadence: { height: 112, range: around, digits: 0 },
    p_backward: { height: 112, range: () => [0, 1], ticks: [0, 0.5, 1], digits: 1 },
    sigma: { height: 112, range: fromZero(5), digits: 0 },
  };

  function wash(u, session) {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    let first = 0;
    for (let i = 1; i <= session.t.length; i += 1) {
      if (i < session.t.length && session.direction[i] === session.direction[first]) continue;
      const name = { b: "backward-wash", f: "forward-wash" }[session.direction[first]];
      if (name) {
        const from = u.valToPos(session.t[first], "x", true);
        const to = u.valToPos(session.t[Math.min(i, session.t.length - 1)], "x", true);
        ctx.fillStyle = backrun.colour(name);
        ctx.fillRect(from, top, Math.max(1, to - from), height);
      }
      first = i;
    }
    ctx.restore();
  }

  function shape(ctx, rank, x, y, r) {
    const points = {
      stop: [[-0.41, -1], [0.41, -1], [1, -0.41], [1, 0.41], [0.41, 1], [-0.41, 1], [-1, 0.41], [-1, -0.41]],
      caution: [[0, -1], [1.05, 0.9], [-1.05, 0.9]],
      blind: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    }[rank];
    ctx.beginPath();
    if (points) points.forEach(([px, py], n) => (n ? ctx.lineTo(x + px * r, y + py * r) : ctx.moveTo(x + px * r, y + py * r)));
    else ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.closePath();
    ctx.fill();
    if (r > 4) ctx.stroke();
  }

  // Bands of the programme above, alerts below; the important ones are drawn last, on top.
  function drawLane(u, session) {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const px = window.devicePixelRatio || 1;
    const band = 26 * px;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.font = `600 ${11.5 * px}px ${window.getComputedStyle(document.body).fontFamily}`;
    for (const phase of session.phases) {
      const from = u.valToPos(phase.a, "x", true);
      const wide = u.valToPos(phase.b, "x", true) - from;
      ctx.fillStyle = backrun.colour(phase.k === "backward" ? "backward" : "sunken");
      ctx.fillRect(from, top, Math.max(1, wide - px), band);
      const label = [phase.name, phase.short].find((text) => ctx.measureText(text).width < wide - 6 * px);
      ctx.fillStyle = backrun.colour(phase.k === "backward" ? "card" : "ink-soft");
      if (label) ctx.fillText(label, from + wide / 2, top + band / 2 + px);
    }
    ctx.strokeStyle = backrun.colour("ink");
    ctx.lineWidth = px;
    const order = ["coach", "notice", "mark", "caution", "blind", "stop"];
    for (const rank of order) {
      ctx.fillStyle = backrun.colour(rank);
      for (const alert of session.alerts) {
        if (alert.rank !== rank) continue;
        shape(ctx, rank, u.valToPos(alert.t, "x", true), top + band + (height - band) / 2, ICONS[rank] * px);
      }
    }
    ctx.restore();
  }

  function drawAlertLines(u, session) {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.lineWidth = window.devicePixelRatio || 1;
    for (const alert of session.alerts) {
      if (!["stop", "caution", "blind"].includes(alert.rank)) continue;
      const x = u.valToPos(alert.t, "x", true);
      ctx.strokeStyle = backrun.colour(alert.rank);
      ctx.setLineDash(alert.rank === "stop" ? [] : [4, 3]);
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
    ctx.restore();
  }

  // What lies above the plan's cap is filled, so that it is seen without reading the axis.
  function drawOverCap(u, session) {
    const { speed, cap } = session.columns;
    if (!cap) return;
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.fillStyle = backrun.colour("cap");
    ctx.globalAlpha = 0.4;
    ctx.beginPath();
    for (let i = 1; i < session.t.length; i += 1) {
      const parts = [i - 1, i].map((n) => [session.t[n], speed[n], cap[n]]);
      if (session.direction[i] === "f" || parts.some(([, v, limit]) => v === null || limit === null)) continue;
      if (parts.every(([, v, limit]) => v <= limit)) continue;
      const [[x0, y0, c0], [x1, y1, c1]] = parts.map(([t, v, limit]) => [u.valToPos(t, "x", true), u.valToPos(Math.max(v, limit), "y", true), u.valToPos(limit, "y", true)]);
      ctx.moveTo(x0, c0);
      ctx.lineTo(x0, y0);
      ctx.lineTo(x1, y1);
      ctx.lineTo(x1, c1);
    }
    ctx.fill();
    ctx.restore();
  }

  function paint(u, session, name) {
    if (name === "lane") return drawLane(u, session);
    if (name === "speed") drawOverCap(u, session);
    return drawAlertLines(u, session);
  }

  function series(kind, session) {
    const line = (name, width, more) => ({ stroke: () => backrun.colour(name), width, spanGaps: false, points: { show: false }, ...more });
    if (kind === "lane") return [[session.t.map(() => null)], [line("ink", 0)]];
    const isLone = session.t.length < 3;
    const main = line(kind === "p_backward" ? "backward" : "ink", 1.6, isLone ? { points: { show: true, size: 7 } } : {});
    if (kind !== "speed" || !session.columns.cap) return [[session.columns[kind]], [main]];
    const stepped = window.uPlot.paths.stepped({ align: 1 });
    return [[session.columns.speed, session.columns.cap], [main, line("cap", 1.8, { dash: [6, 4], paths: stepped })]];
  }

  function make(figure, session, isLast, onRange) {
    const kind = KINDS[figure.dataset.chart];
    const [columns, lines] = series(figure.dataset.chart, session);
    const axis = { stroke: () => backrun.colour("ink-soft"), grid: { stroke: () => backrun.colour("rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const fixed = kind.ticks ? { splits: () => kind.ticks } : { space: 32 };
    const end = Math.max(1, session.duration);
    const plot = figure.querySelector(".plot");
    const options = {
      width: Math.max(200, plot.clientWidth),
      height: kind.height + (isLast ? 26 : 0),
      padding: [6, 20, isLast ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: figure.dataset.chart !== "lane", size: 8 },
        drag: { x: true, y: false, setScale: true },
        bind: { mouseleave: () => null },
      },
      scales: { x: { time: false, range: (u, min, max) => (max > min ? [min, max] : [0, end]) }, y: { range: kind.range } },
      axes: [
        { ...axis, show: true, size: isLast ? 30 : 0, space: 64, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600], values: (u, ticks) => ticks.map((t) => (isLast ? backrun.clock(t) : "")) },
        { ...axis, ...fixed, size: AXIS_WIDTH, values: (u, ticks) => ticks.map((v) => backrun.number(session, v, kind.digits)) },
      ],
      series: [{}, ...lines],
      hooks: {
        drawClear: [(u) => wash(u, session)],
        draw: [(u) => paint(u, session, figure.dataset.chart)],
        setScale: [(u, key) => { if (key === "x") onRange(u.scales.x.min, u.scales.x.max); }],
      },
    };
    return new window.uPlot(options, [session.t, ...columns], plot);
  }

  backrun.drawCharts = (session, onCursor) => {
    const figures = [...document.querySelectorAll("[data-chart]")];
    const reset = document.querySelector("[data-do=whole]");
    const whole = [0, Math.max(1, session.duration)];
    const charts = [];
    let shown = [NaN, NaN];
    let now = 0;

    function cursor(index) {
      now = index;
      for (const u of charts) u.setCursor({ left: u.valToPos(session.t[index], "x"), top: 8 }, false);
    }
    // uPlot settles a new size or range a moment later and would keep the cursor's pixel.
    const settle = () => window.requestAnimationFrame(() => cursor(now));

    // uPlot reports a new range for each chart: only a real change goes on.
    function range(from, to) {
      if (shown[0] === from && shown[1] === to) return;
      shown = [from, to];
      for (const u of charts) u.setScale("x", { min: from, max: to });
      reset.hidden = from <= whole[0] + 0.5 && to >= whole[1] - 0.5;
      settle();
    }

    figures.forEach((figure, n) => {
      const u = make(figure, session, n === figures.length - 1, (from, to) => {
        if (charts.length === figures.length) range(from, to);
      });
      const pick = (event) => onCursor(u.posToIdx(event.clientX - u.over.getBoundingClientRect().left));
      u.over.addEventListener("mousemove", pick);
      u.over.addEventListener("click", pick);
      u.over.addEventListener("dblclick", () => range(...whole));
      charts.push(u);
    });
    range(...whole);
    reset.addEventListener("click", () => range(...whole));
    function fit() {
      charts.forEach((u, n) => {
        const width = figures[n].querySelector(".plot").clientWidth;
        if (width > 0 && width !== u.width) u.setSize({ width, height: u.height });
      });
      settle();
    }
    backrun.onTheme(() => {
      fit();
      charts.forEach((u) => u.redraw(false, true));
    });
    const watch = new ResizeObserver(fit);
    figures.forEach((figure) => watch.observe(figure));
    return { cursor, range, whole, charts };
  };
})();
