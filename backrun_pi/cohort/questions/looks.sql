-- title: Looks over the shoulder
-- about: Cues to look left and right; alternate sides spare the neck.
-- default: by = group
-- default: period = month
-- column: who | Who | | text
-- column: period | Period | | text
-- column: sessions | Sessions | | 0
-- column: looks_left | Left | | 0
-- column: looks_right | Right | | 0
-- column: left_pct | Left of all | % | 1
-- column: per_min | Per minute backward | 1/min | 2
-- chart: left_pct | period | who
SELECT
  who,
  period,
  COUNT(*) AS sessions,
  SUM(looks_left) AS looks_left,
  SUM(looks_right) AS looks_right,
  CAST(100 * SUM(looks_left) AS DOUBLE) / NULLIF(SUM(looks_left) + SUM(looks_right), 0)
    AS left_pct,
  CAST(60000 * (SUM(looks_left) + SUM(looks_right)) AS DOUBLE) / NULLIF(SUM(backward_ms), 0)
    AS per_min
FROM visits
GROUP BY who, period
ORDER BY who, period
