-- title: Response to STOP
-- about: Time from the cue until the runner stood, and how often they did.
-- default: by = group
-- default: period = month
-- parameter: limit_s | 1.5 | 0.1 | 15 | time in which they should stand, in s
-- column: who | Who | | text
-- column: period | Period | | text
-- column: stops | STOP cues | | 0
-- column: stood_pct | Stood | % | 1
-- column: in_time_pct | In time | % | 1
-- column: median_s | Half stood within | s | 2
-- column: slow_s | Nine of ten within | s | 2
-- chart: median_s | period | who
WITH stops AS (
  SELECT
    v.who, v.period, CAST(ROUND(a.standing_after_s * 1000) AS BIGINT) AS after_ms
  FROM all_alerts AS a
  JOIN visits AS v ON v.session = a.session
  WHERE a.condition = 'stop_hazard'
), ranked AS (
  SELECT
    who,
    period,
    after_ms,
    ROW_NUMBER() OVER (
      PARTITION BY who, period ORDER BY CASE WHEN after_ms IS NULL THEN 1 ELSE 0 END, after_ms
    ) AS place_in_order,
    COUNT(after_ms) OVER (PARTITION BY who, period) AS stood
  FROM stops
)
SELECT
  who,
  period,
  COUNT(*) AS stops,
  CAST(100 * COUNT(after_ms) AS DOUBLE) / COUNT(*) AS stood_pct,
  CAST(100 * SUM(CASE WHEN after_ms <= 1000 * :limit_s THEN 1 ELSE 0 END) AS DOUBLE) / COUNT(*)
    AS in_time_pct,
  CAST(MIN(CASE WHEN 10 * place_in_order >= 5 * stood THEN after_ms END) AS DOUBLE) / 1000
    AS median_s,
  CAST(MIN(CASE WHEN 10 * place_in_order >= 9 * stood THEN after_ms END) AS DOUBLE) / 1000
    AS slow_s
FROM ranked
GROUP BY who, period
ORDER BY who, period
