// Draws the map without any tile: ways, hazards, marks, the route by direction, the alerts.
"use strict";
(() => {
  const backrun = (window.backrun = window.backrun || {});
  const WAYS = {
    area: { colour: "map-area", weight: 1, fill: true },
    water: { colour: "map-water", weight: 2, fill: true },
    line: { colour: "map-line", weight: 1.5, dashArray: "2 3" },
    rail: { colour: "map-line", weight: 2.5, dashArray: "7 3" },
    path: { colour: "map-path", weight: 2, dashArray: "5 4" },
    road: { colour: "map-road", weight: 6 },
    busy: { colour: "map-busy", weight: 4 },
  };
  const ROUTE = {
    u: { colour: "unsure", weight: 3, dashArray: "1 7" },
    f: { colour: "forward", weight: 4, dashArray: "9 7" },
    b: { colour: "backward", weight: 6 },
  };
  const SIZES = { stop: 26, caution: 24, blind: 22, notice: 18, coach: 14, met: 28, mark: 22, spot: 22 };
  const SYMBOL_ZOOM = 17.5;
  const MOST_SYMBOLS = 1500;

  function icon(name) {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(ns, "use");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  }

  // Text from the map and the log reaches the page as text only, never as markup.
  function popup(name, title, when, why) {
    const box = document.createElement("div");
    const head = document.createElement("h3");
    head.append(icon(name), document.createTextNode(title));
    box.append(head);
    for (const [text, kind] of [[when, "when"], ...why.map((reason) => [reason, "why"])]) {
      if (!text) continue;
      const line = document.createElement("p");
      line.className = kind;
      line.textContent = text;
      box.append(line);
    }
    return box;
  }

  // Leaflet's own attribution control takes HTML; the notice of a map file is anybody's text.
  function credit(notice) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = document.createElement("div");
      box.className = "leaflet-control-attribution";
      box.textContent = notice;
      return box;
    };
    return control;
  }

  function pin(at, name, title, glyph = null) {
    const element = document.createElement("div");
    if (name !== "spot") element.append(icon(name));
    if (glyph) element.append(icon(`g-${glyph}`));
    const size = SIZES[name] ?? 18;
    return L.marker(at, {
      icon: L.divIcon({ html: element, className: `pin is-${name}`, iconSize: [size, size] }),
      alt: title,
      title,
      keyboard: true,
      riseOnHover: true,
      zIndexOffset: name === "stop" ? 400 : name === "caution" || name === "blind" ? 300 : 0,
    });
  }

  function named(marker, title) {
    marker.on("add", () => {
      const element = marker.getElement();
      if (element) element.setAttribute("aria-label", title);
    });
    return marker;
  }

  function drawWays(map, layers, styled) {
    for (const group of Object.keys(WAYS)) {
      for (const way of layers.lines.filter((candidate) => candidate.g === group)) {
        const { colour, fill, ...line } = WAYS[group];
        const shape = way.c ? L.polygon(way.p, { ...line, fill: Boolean(fill), fillOpacity: 0.85, interactive: Boolean(way.n) })
          : L.polyline(way.p, { ...line, interactive: Boolean(way.n) });
        if (way.n) {
          const label = document.createElement("span");
          label.textContent = way.n;
          shape.bindTooltip(label, { sticky: true });
        }
        styled.push([shape, colour]);
        shape.addTo(map);
      }
    }
  }

  // Seen from afar a park full of benches is a pattern of dots; from near each has its symbol.
  function drawHazards(map, layers, styled) {
    const dots = L.layerGroup();
    const symbols = L.layerGroup();
    for (const spot of layers.points) {
      const at = [spot.lat, spot.lon];
      if (spot.met || spot.k === "mark") {
        named(pin(at, spot.met ? "met" : "mark", spot.title, spot.met ? spot.glyph : null), spot.title).bindPopup(popup(`g-${spot.glyph}`, spot.title, spot.when, spot.why)).addTo(map);
        continue;
      }
      const dot = L.circleMarker(at, { radius: 1.5 + spot.sev * 0.8, weight: 1.3, fillOpacity: 1 });
      styled.push([dot, "ink-soft", "card"]);
      dot.bindPopup(popup(`g-${spot.glyph}`, spot.title, spot.when, spot.why)).addTo(dots);
      named(pin(at, "spot", spot.title, spot.glyph), spot.title).bindPopup(popup(`g-${spot.glyph}`, spot.title, spot.when, spot.why)).addTo(symbols);
    }
    const isNear = () => map.getZoom() >= SYMBOL_ZOOM && layers.points.length <= MOST_SYMBOLS;
    const choose = () => {
      (isNear() ? dots : symbols).remove();
      (isNear() ? symbols : dots).addTo(map);
    };
    map.on("zoomend", choose);
    choose();
  }

  function stretches(session) {
    const { lat, lon } = session.columns;
    const found = [];
    let open = null;
    for (let i = 0; i < session.t.length; i += 1) {
      if (lat[i] === null || lon[i] === null) { open = null; continue; }
      const here = [lat[i], lon[i]];
      if (!open || open.code !== session.direction[i]) {
        const joined = open ? [open.points[open.points.length - 1]] : [];
        open = { code: session.direction[i], points: joined };
        found.push(open);
      }
      open.points.push(here);
    }
    return found.filter((stretch) => stretch.points.length > 1);
  }

  function drawRoute(map, session, styled) {
    const found = stretches(session);
    for (const { points } of found) {
      const halo = L.polyline(points, { weight: 9, opacity: 0.85, interactive: false, lineCap: "round" });
      styled.push([halo, "halo"]);
      halo.addTo(map);
    }
    for (const code of Object.keys(ROUTE)) {
      for (const stretch of found.filter((candidate) => candidate.code === code)) {
        const { colour, ...line } = ROUTE[code];
        const shape = L.polyline(stretch.points, { ...line, interactive: false });
        styled.push([shape, colour]);
        shape.addTo(map);
      }
    }
  }

  function drawEnds(map, session) {
    const { lat, lon } = session.columns;
    const known = session.t.map((_, i) => i).filter((i) => lat[i] !== null && lon[i] !== null);
    for (const [i, letter, title] of [[known[0], "S", session.texts.start], [known[known.length - 1], "E", session.texts.end]]) {
      const element = document.createElement("span");
      element.textContent = letter;
      L.marker([lat[i], lon[i]], { icon: L.divIcon({ html: element, className: "end-pin", iconSize: [20, 20] }), title, interactive: false, keyboard: false, zIndexOffset: -100 }).addTo(map);
    }
    return L.latLngBounds(known.map((i) => [lat[i], lon[i]]));
  }

  function drawAlerts(map, session, onPick) {
    const cues = L.layerGroup();
    const pins = new Map();
    for (const alert of session.alerts) {
      if (alert.lat === null) continue;
      const when = [backrun.clock(alert.t), backrun.timeOfDay(session, alert.t), session.zone].filter(Boolean).join(" · ");
      const marker = named(pin([alert.lat, alert.lon], alert.rank, alert.title), `${alert.title}, ${backrun.clock(alert.t)}`);
      marker.bindPopup(popup(alert.rank, alert.title, when, alert.why.length ? [session.texts.because.join(alert.why.join("; "))] : []));
      marker.on("popupopen", () => onPick(alert.t));
      marker.addTo(alert.rank === "coach" ? cues : map);
      pins.set(`${alert.t.toFixed(1)} ${alert.title}`, marker);
    }
    const toggle = document.querySelector("[data-do=cues]");
    if (toggle) toggle.addEventListener("change", () => (toggle.checked ? cues.addTo(map) : cues.remove()));
    return pins;
  }

  // The nearest moment to a place; where the route passes twice, the one nearer in time.
  function nearest(session, at, reachM, now) {
    const { lat, lon } = session.columns;
    const eastScale = Math.cos((at.lat * Math.PI) / 180) * 111320;
    const away = session.t.map((_, i) => (lat[i] === null ? Infinity : Math.hypot((lat[i] - at.lat) * 111320, (lon[i] - at.lng) * eastScale)));
    const least = away.reduce((a, b) => Math.min(a, b), Infinity);
    if (least > reachM) return null;
    let best = null;
    away.forEach((d, i) => {
      if (d <= least + 1.5 && (best === null || Math.abs(i - now) < Math.abs(best - now))) best = i;
    });
    return best;
  }

  backrun.drawMap = (session, onCursor, onPick) => {
    const element = document.querySelector("[data-map]");
    if (!element || !session.columns.lat) return null;
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const renderer = L.canvas({ tolerance: 6 });
    const map = L.map(element, { renderer, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 11, maxZoom: 22, scrollWheelZoom: false, zoomAnimation: !isCalm, fadeAnimation: !isCalm, markerZoomAnimation: !isCalm, inertia: !isCalm });
    L.control.scale({ imperial: false }).addTo(map);
    const styled = [];
    let now = 0;
    if (session.map) {
      if (session.map.credit) credit(session.map.credit).addTo(map);
      drawWays(map, session.map, styled);
    }
    drawRoute(map, session, styled);
    const bounds = drawEnds(map, session);
    map.fitBounds(bounds.pad(0.08), { maxZoom: 19, animate: false });
    if (session.map) drawHazards(map, session.map, styled);
    const pins = drawAlerts(map, session, onPick);
    const reach = L.circle(bounds.getCenter(), { radius: 1, weight: 1, fillOpacity: 0.12, interactive: false });
    const cursor = L.marker(bounds.getCenter(), { icon: L.divIcon({ className: "cursor-pin", iconSize: [22, 22] }), interactive: false, keyboard: false, zIndexOffset: 2000 });
    styled.push([reach, "ink"]);

    const paint = () => styled.forEach(([shape, edge, fill]) => shape.setStyle({ color: backrun.colour(edge), fillColor: backrun.colour(fill ?? edge) }));
    paint();
    let kept = null; // what was shown before printing, which shows the whole route
    backrun.onTheme(() => {
      const isPrinting = document.documentElement.hasAttribute("data-printing");
      if (isPrinting && !kept) kept = [map.getCenter(), map.getZoom()];
      map.invalidateSize({ animate: false });
      if (isPrinting) map.fitBounds(bounds.pad(0.08), { maxZoom: 19, animate: false });
      else if (kept) map.setView(...kept, { animate: false });
      if (!isPrinting) kept = null;
      paint();
      // Leaflet would paint in the next frame, which is too late for a printer.
      renderer._redraw();
    });
    // The wheel scrolls the page until the map was chosen with a click.
    map.on("focus click", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    const follow = (event) => {
      const corner = map.containerPointToLatLng([0, 0]);
      const metresPerPixel = map.distance(corner, map.containerPointToLatLng([100, 0])) / 100;
      const index = nearest(session, event.latlng, 22 * metresPerPixel, now);
      if (index !== null) onCursor(index);
    };
    map.on("mousemove click", follow);
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);

    return {
      map,
      cursor(index) {
        now = index;
        const { lat, lon, sigma } = session.columns;
        if (lat[index] === null || lon[index] === null) { cursor.remove(); reach.remove(); return; }
        const at = [lat[index], lon[index]];
        cursor.setLatLng(at).addTo(map);
        const radius = sigma ? sigma[index] : null;
        if (radius === null) reach.remove();
        else reach.setLatLng(at).setRadius(radius).addTo(map);
      },
      show(from, to) {
        const points = session.t.flatMap((t, i) => (t >= from && t <= to && session.columns.lat[i] !== null ? [[session.columns.lat[i], session.columns.lon[i]]] : []));
        if (points.length > 1) map.fitBounds(L.latLngBounds(points).pad(0.2), { maxZoom: 20, animate: !isCalm });
      },
      open(name) {
        const marker = pins.get(name);
        if (marker && map.hasLayer(marker)) marker.openPopup();
      },
      position: () => (map.hasLayer(cursor) ? cursor.getLatLng() : null),
    };
  };
})();
