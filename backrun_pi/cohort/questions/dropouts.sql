-- title: Drop-outs
-- about: Of those who started in a period, who has not come for a while; and broken sessions.
-- default: by = group
-- default: period = month
-- parameter: gone_days | 28 | 1 | 3650 | days without a session that make a drop-out
-- column: who | Who | | text
-- column: started | Started in | | text
-- column: wearers | Wearers | | 0
-- column: gone | Dropped out | | 0
-- column: gone_pct | Dropped out | % | 1
-- column: stay_days | Half of these stayed | days | 0
-- column: sessions_each | Sessions each | | 1
-- column: broken_pct | Sessions broken off | % | 1
-- column: with_fault_pct | Sessions with a lost part | % | 1
-- chart: gone_pct | started | who
WITH newest AS (
  SELECT MAX(day) AS day FROM visits
), stays AS (
  SELECT
    who,
    wearer,
    MIN(period) AS started,
    MIN(day) AS first_day,
    MAX(day) AS last_day,
    COUNT(*) AS sessions,
    SUM(CASE WHEN is_broken_off THEN 1 ELSE 0 END) AS broken,
    SUM(CASE WHEN faults > 0 THEN 1 ELSE 0 END) AS with_fault
  FROM visits
  WHERE day IS NOT NULL
  GROUP BY who, wearer
), ends AS (
  SELECT
    s.*,
    DATE_DIFF('day', s.first_day, s.last_day) AS stay_days,
    CASE WHEN DATE_DIFF('day', s.last_day, n.day) > :gone_days THEN 1 ELSE 0 END AS is_gone
  FROM stays AS s
  CROSS JOIN newest AS n
), ranked AS (
  SELECT
    e.*,
    ROW_NUMBER() OVER (
      PARTITION BY who, started ORDER BY is_gone DESC, stay_days, wearer
    ) AS place_in_order,
    SUM(is_gone) OVER (PARTITION BY who, started) AS gone_in_all
  FROM ends AS e
)
SELECT
  who,
  started,
  COUNT(*) AS wearers,
  SUM(is_gone) AS gone,
  CAST(100 * SUM(is_gone) AS DOUBLE) / COUNT(*) AS gone_pct,
  MIN(CASE WHEN is_gone = 1 AND 2 * place_in_order >= gone_in_all THEN stay_days END)
    AS stay_days,
  CAST(SUM(sessions) AS DOUBLE) / COUNT(*) AS sessions_each,
  CAST(100 * SUM(broken) AS DOUBLE) / SUM(sessions) AS broken_pct,
  CAST(100 * SUM(with_fault) AS DOUBLE) / SUM(sessions) AS with_fault_pct
FROM ranked
GROUP BY who, started
ORDER BY who, started
