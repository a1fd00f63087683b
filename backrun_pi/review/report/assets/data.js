// Unpacks the session's numbers: whole-number steps back into seconds, metres and degrees.
"use strict";
(() => {
  const backrun = (window.backrun = window.backrun || {});

  // A column is {s: counts per unit, v: [step | null, ...]}; null is "unknown" and keeps the sum.
  function column(packed) {
    if (!packed) return null;
    let sum = 0;
    return packed.v.map((step) => {
      if (step === null) return null;
      sum += step;
      return sum / packed.s;
    });
  }

  function line(steps, scale) {
    const points = [];
    let lat = 0;
    let lon = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      points.push([lat / scale, lon / scale]);
    }
    return points;
  }

  // Runs are [first index, code, first index, code, ...].
  function runs(packed, count) {
    const codes = new Array(count);
    for (let r = 0; r < packed.length; r += 2) {
      codes.fill(packed[r + 1], packed[r], r + 2 < packed.length ? packed[r + 2] : count);
    }
    return codes;
  }

  backrun.load = () => {
    const packed = JSON.parse(document.getElementById("session-data").textContent);
    const t = column(packed.t);
    const session = {
      t,
      utc0: packed.utc0,
      offset: packed.offset,
      zone: packed.zone,
      texts: packed.texts,
      duration: packed.duration,
      phases: packed.phases,
      alerts: packed.alerts,
      direction: runs(packed.direction, t.length),
      columns: {},
      map: null,
    };
    for (const [name, values] of Object.entries(packed.columns)) session.columns[name] = column(values);
    const { factor } = packed.texts.speed;
    for (const name of ["speed", "cap"]) {
      if (session.columns[name]) session.columns[name] = session.columns[name].map((v) => (v === null ? null : v * factor));
    }
    if (packed.map) {
      const lines = packed.map.lines.map((way) => ({ ...way, p: line(way.p, packed.map.s) }));
      session.map = { ...packed.map, lines };
    }
    return session;
  };

  // The last index whose time is not later than t.
  backrun.indexAt = (session, t) => {
    let low = 0;
    let high = session.t.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (session.t[middle] <= t) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  backrun.number = (session, value, digits) => {
    const shown = value.toFixed(digits);
    return session.texts.language === "de" ? shown.replace(".", ",") : shown;
  };

  const two = (n) => String(n).padStart(2, "0");
  backrun.clock = (seconds) => {
    const whole = Math.max(0, Math.round(seconds));
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    return h > 0 ? `${h}:${two(m)}:${two(whole % 60)}` : `${m}:${two(whole % 60)}`;
  };
  // The runner's own clock: the offset of their zone is added, and UTC read from the sum.
  backrun.timeOfDay = (session, seconds) => {
    if (session.utc0 === null) return null;
    const at = new Date(Math.round((session.utc0 + session.offset + seconds) * 1000));
    return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  };
})();
