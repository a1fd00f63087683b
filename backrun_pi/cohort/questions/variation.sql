-- title: Variation and leg difference
-- about: How even the bouts were, weighted by their time, and the change since the first period.
-- default: by = group
-- default: period = month
-- column: who | Who | | text
-- column: period | Period | | text
-- column: bouts | Bouts | | 0
-- column: speed_cv_pct | Variation of speed | % | 2
-- column: speed_cv_change | since the first | % points | 2
-- column: cadence_cv_pct | Variation of cadence | % | 2
-- column: cadence_cv_change | since the first | % points | 2
-- column: asymmetry_pct | Leg difference | % | 2
-- column: asymmetry_change | since the first | % points | 2
-- chart: asymmetry_pct | period | who
WITH sums AS (
  SELECT
    who,
    period,
    COUNT(*) AS bouts,
    SUM(CASE WHEN speed_mmps IS NULL THEN NULL ELSE speed_sd_mmps * backward_ms END) AS speed_sd,
    SUM(CASE WHEN speed_sd_mmps IS NULL THEN NULL ELSE speed_mmps * backward_ms END) AS speed,
    SUM(CASE WHEN cadence_mspm IS NULL THEN NULL ELSE cadence_sd_mspm * backward_ms END)
      AS cadence_sd,
    SUM(CASE WHEN cadence_sd_mspm IS NULL THEN NULL ELSE cadence_mspm * backward_ms END)
      AS cadence,
    SUM(asymmetry_ppm * backward_ms) AS asymmetry,
    SUM(CASE WHEN asymmetry_ppm IS NULL THEN NULL ELSE backward_ms END) AS compared_ms
  FROM backward_bouts
  GROUP BY who, period
), shares AS (
  SELECT
    who,
    period,
    bouts,
    100 * CAST(speed_sd AS DOUBLE) / NULLIF(speed, 0) AS speed_cv_pct,
    100 * CAST(cadence_sd AS DOUBLE) / NULLIF(cadence, 0) AS cadence_cv_pct,
    CAST(asymmetry AS DOUBLE) / NULLIF(10000 * compared_ms, 0) AS asymmetry_pct
  FROM sums
)
SELECT
  who,
  period,
  bouts,
  speed_cv_pct,
  speed_cv_pct - FIRST_VALUE(speed_cv_pct) OVER (PARTITION BY who ORDER BY period)
    AS speed_cv_change,
  cadence_cv_pct,
  cadence_cv_pct - FIRST_VALUE(cadence_cv_pct) OVER (PARTITION BY who ORDER BY period)
    AS cadence_cv_change,
  asymmetry_pct,
  asymmetry_pct - FIRST_VALUE(asymmetry_pct) OVER (PARTITION BY who ORDER BY period)
    AS asymmetry_change
FROM shares
ORDER BY who, period
