// Draws the tiles beside the page: cells from afar, stretches from near.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const backrun = window.backrun;
  const data = JSON.parse(document.getElementById("session-data").textContent);
  const COLOURS = { good: "forward", likely: "backward", unknown: "unsure" };
  const FULL_KM = 5;
  const map = L.map("atlas-map", { attributionControl: false, preferCanvas: true, minZoom: 3, maxZoom: 18 });
  const [south, west, north, east] = data.box;
  const layer = L.layerGroup().addTo(map);
  const known = new Map();

  // Leaflet's own attribution control takes HTML; the notice is plain text.
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    const box = document.createElement("div");
    box.className = "leaflet-control-attribution";
    box.textContent = data.credit;
    return box;
  };
  control.addTo(map);

  // Text from the map data reaches the page as text only, never as markup.
  function popup(lines) {
    const box = document.createElement("div");
    for (const line of lines) {
      const row = document.createElement("p");
      row.textContent = line;
      box.append(row);
    }
    return box;
  }

  function column(lon, zoom) {
    return Math.floor(((lon + 180) / 360) * 2 ** zoom);
  }

  function row(lat, zoom) {
    const phi = (Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180;
    return Math.floor(((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * 2 ** zoom);
  }

  async function tile(path) {
    if (!known.has(path)) {
      known.set(path, fetch(path).then((got) => (got.ok ? got.json() : null)).catch(() => null));
    }
    return known.get(path);
  }

  function draw(feature) {
    const facts = feature.properties;
    if (feature.geometry.type === "LineString") {
      const line = feature.geometry.coordinates.map(([lon, lat]) => [lat, lon]);
      const lines = [
        `${facts.suitability}, ${facts.length_m} m, number ${facts.rank} of its cell`,
        `${facts.contacts_per_100_m} contacts expected per 100 m`,
        ...facts.doubts,
        ...facts.ends_before.map((kind) => `ends before a ${kind}`),
        `ways ${facts.ways.join(", ")}; data until ${facts.data_until}`,
      ];
      const style = { color: backrun.colour(COLOURS[facts.suitability]), weight: 5 };
      L.polyline(line, style).bindPopup(popup(lines)).addTo(layer);
      return;
    }
    const ring = feature.geometry.coordinates[0].map(([lon, lat]) => [lat, lon]);
    const best = data.names.find((name) => facts[name] > 0);
    const km = data.names.reduce((sum, name) => sum + (facts[name] || 0), 0);
    const style = { color: backrun.colour(COLOURS[best]), weight: 1, fillOpacity: Math.min(0.7, 0.15 + km / FULL_KM) };
    const lines = data.names.filter((name) => facts[name]).map((name) => `${name}: ${facts[name]} km`);
    const cell = L.polygon(ring, style).bindPopup(popup(lines)).addTo(layer);
    // A cell of one pixel would not be seen on the map of a continent.
    L.circleMarker(cell.getBounds().getCenter(), { ...style, radius: 4 }).bindPopup(popup(lines)).addTo(layer);
  }

  let turn = 0;
  async function update() {
    const mine = (turn += 1);
    const zoom = [...data.levels].reverse().find((level) => level <= map.getZoom() || level === data.levels[0]);
    const view = map.getBounds();
    const paths = [];
    for (let x = column(view.getWest(), zoom); x <= column(view.getEast(), zoom); x += 1) {
      for (let y = row(view.getNorth(), zoom); y <= row(view.getSouth(), zoom); y += 1) {
        paths.push(`tiles/${zoom}/${x}/${y}.json`);
      }
    }
    const found = await Promise.all(paths.map(tile));
    if (mine !== turn) return;
    layer.clearLayers();
    for (const one of found) if (one) one.features.forEach(draw);
  }

  map.on("moveend", update);
  backrun.onTheme(update);
  map.fitBounds([[south, west], [north, east]], { maxZoom: 13 });
});
