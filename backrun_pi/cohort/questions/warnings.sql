-- title: Alerts and near contacts by place
-- about: Per kilometre backward, the places with the most near contacts first.
-- default: by = all
-- default: period = all
-- parameter: near_s | 1.5 | 0.1 | 30 | time to contact below which it was near, in s
-- parameter: least_km | 0.1 | 0 | 1000 | way backward that a place needs to be listed, in km
-- parameter: most | 50 | 1 | 100000 | rows
-- column: who | Who | | text
-- column: period | Period | | text
-- column: place | Place | | text
-- column: sessions | Sessions | | 0
-- column: backward_km | Way backward | km | 2
-- column: alerts_per_km | Alerts | 1/km | 2
-- column: near_per_km | Near contacts | 1/km | 2
-- chart: near_per_km | place | who
WITH ways AS (
  SELECT
    v.who,
    v.period,
    p.place,
    COUNT(DISTINCT p.session) AS sessions,
    SUM(CAST(ROUND(p.backward_m * 1000) AS BIGINT)) AS way_mm,
    SUM(p.alerts) AS alerts
  FROM all_places AS p
  JOIN visits AS v ON v.session = p.session
  WHERE p.place IS NOT NULL
  GROUP BY v.who, v.period, p.place
), nears AS (
  SELECT v.who, v.period, h.place, COUNT(*) AS near_contacts
  FROM all_hazards AS h
  JOIN visits AS v ON v.session = h.session
  WHERE h.place IS NOT NULL AND h.severity >= 2 AND h.contact_s < :near_s
  GROUP BY v.who, v.period, h.place
)
SELECT
  w.who,
  w.period,
  w.place,
  w.sessions,
  CAST(w.way_mm AS DOUBLE) / 1000000 AS backward_km,
  CAST(1000000 * w.alerts AS DOUBLE) / w.way_mm AS alerts_per_km,
  CAST(1000000 * COALESCE(n.near_contacts, 0) AS DOUBLE) / w.way_mm AS near_per_km
FROM ways AS w
LEFT JOIN nears AS n ON n.who = w.who AND n.period = w.period AND n.place = w.place
WHERE w.way_mm > 0 AND w.way_mm >= 1000000 * :least_km
ORDER BY near_per_km DESC, alerts_per_km DESC, w.who, w.period, w.place
LIMIT :most
