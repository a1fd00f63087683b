-- title: Speed and cadence by plan step
-- about: Of every second of going backward, for each step of the programme.
-- default: by = all
-- default: period = week
-- column: who | Who | | text
-- column: period | Period | | text
-- column: step | Step | | 0
-- column: backward_min | Backward | min | 1
-- column: speed_mps | Speed | m/s | 3
-- column: cadence_spm | Cadence | steps/min | 1
-- column: over_cap_pct | Above the plan's cap | % | 1
-- chart: speed_mps | period | step
WITH sums AS (
  SELECT
    who,
    period,
    step,
    COUNT(*) AS seconds,
    SUM(speed_mmps) AS speed_mmps,
    COUNT(speed_mmps) AS with_speed,
    SUM(cadence_mspm) AS cadence_mspm,
    COUNT(cadence_mspm) AS with_cadence,
    SUM(is_over_cap) AS over_cap,
    COUNT(is_over_cap) AS with_cap
  FROM backward_seconds
  GROUP BY who, period, step
)
SELECT
  who,
  period,
  step + 1 AS step,
  CAST(seconds AS DOUBLE) / 60 AS backward_min,
  CAST(speed_mmps AS DOUBLE) / NULLIF(1000 * with_speed, 0) AS speed_mps,
  CAST(cadence_mspm AS DOUBLE) / NULLIF(1000 * with_cadence, 0) AS cadence_spm,
  CAST(100 * over_cap AS DOUBLE) / NULLIF(with_cap, 0) AS over_cap_pct
FROM sums
ORDER BY who, period, step
