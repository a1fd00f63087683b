-- title: Load and adherence
-- about: How much was run backward, and how much of the programme was done.
-- default: by = group
-- default: period = month
-- parameter: most_per_week | 2 | 1 | 14 | sessions a week that the plan allows
-- column: who | Who | | text
-- column: period | Period | | text
-- column: wearers | Wearers | | 0
-- column: sessions | Sessions | | 0
-- column: backward_min | Backward | min | 1
-- column: backward_km | Way backward | km | 2
-- column: done_pct | Bouts done | % | 1
-- column: whole_pct | Sessions with every bout | % | 1
-- column: over_limit_pct | Weeks above the limit | % | 1
-- chart: backward_min | period | who
WITH weeks AS (
  SELECT who, period, wearer, week, COUNT(*) AS sessions
  FROM visits
  GROUP BY who, period, wearer, week
), limits AS (
  SELECT
    who,
    period,
    COUNT(*) AS weeks,
    SUM(CASE WHEN sessions > :most_per_week THEN 1 ELSE 0 END) AS over_limit
  FROM weeks
  WHERE week IS NOT NULL
  GROUP BY who, period
), loads AS (
  SELECT
    who,
    period,
    COUNT(DISTINCT wearer) AS wearers,
    COUNT(*) AS sessions,
    SUM(backward_ms) AS backward_ms,
    SUM(backward_mm) AS backward_mm,
    SUM(bouts_done) AS bouts_done,
    SUM(bouts_planned) AS bouts_planned,
    SUM(CASE WHEN bouts_planned > 0 THEN 1 ELSE 0 END) AS with_plan,
    SUM(CASE WHEN bouts_planned > 0 AND bouts_done >= bouts_planned THEN 1 ELSE 0 END) AS whole
  FROM visits
  GROUP BY who, period
)
SELECT
  l.who,
  l.period,
  l.wearers,
  l.sessions,
  CAST(l.backward_ms AS DOUBLE) / 60000 AS backward_min,
  CAST(l.backward_mm AS DOUBLE) / 1000000 AS backward_km,
  CAST(100 * l.bouts_done AS DOUBLE) / NULLIF(l.bouts_planned, 0) AS done_pct,
  CAST(100 * l.whole AS DOUBLE) / NULLIF(l.with_plan, 0) AS whole_pct,
  CAST(100 * m.over_limit AS DOUBLE) / NULLIF(m.weeks, 0) AS over_limit_pct
FROM loads AS l
LEFT JOIN limits AS m ON m.who = l.who AND m.period = l.period
ORDER BY l.who, l.period
