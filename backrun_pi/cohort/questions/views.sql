-- What every question stands on. Amounts are whole numbers here (ms, mm, mm/s): their sums do
-- not depend on the order of the rows, so every engine and any number of workers agree.

-- view: visits
SELECT
  session,
  COALESCE(wearer, 'not said') AS wearer,
  day,
  CAST(CAST(DATE_TRUNC('week', day) AS DATE) AS VARCHAR) AS week,
  CASE
    WHEN :by = 'wearer' THEN COALESCE(wearer, 'not said')
    WHEN :by = 'group' THEN COALESCE(wearer_group, 'not said')
    ELSE 'all'
  END AS who,
  CASE
    WHEN :period = 'all' THEN 'all'
    WHEN day IS NULL THEN 'undated'
    WHEN :period = 'week'
      THEN CAST(CAST(DATE_TRUNC('week', day) AS DATE) AS VARCHAR)
    WHEN :period = 'month' THEN SUBSTRING(CAST(day AS VARCHAR), 1, 7)
    ELSE SUBSTRING(CAST(day AS VARCHAR), 1, 4)
  END AS period,
  CAST(ROUND(backward_s * 1000) AS BIGINT) AS backward_ms,
  CAST(ROUND(backward_m * 1000) AS BIGINT) AS backward_mm,
  bouts_done,
  bouts_planned,
  looks_left,
  looks_right,
  faults,
  is_broken_off
FROM all_sessions
WHERE kind <> 'scouting'
  AND NOT is_refused
  AND (:since IS NULL OR day >= CAST(:since AS DATE))
  AND (:until IS NULL OR day < CAST(:until AS DATE));

-- view: backward_seconds
SELECT
  v.who,
  v.period,
  s.step,
  CAST(ROUND(s.speed_mps * 1000) AS BIGINT) AS speed_mmps,
  CAST(ROUND(s.cadence_spm * 1000) AS BIGINT) AS cadence_mspm,
  CASE
    WHEN s.speed_mps IS NULL OR s.speed_cap_mps IS NULL THEN NULL
    WHEN s.speed_mps > s.speed_cap_mps THEN 1
    ELSE 0
  END AS is_over_cap
FROM all_seconds AS s
JOIN visits AS v ON v.session = s.session
WHERE s.direction = 'backward' AND s.gait IN ('walk', 'run');

-- view: backward_bouts
SELECT
  v.who,
  v.period,
  v.session,
  b.bout,
  CAST(ROUND(b.backward_s * 1000) AS BIGINT) AS backward_ms,
  CAST(ROUND(b.speed_mps * 1000) AS BIGINT) AS speed_mmps,
  CAST(ROUND(b.speed_sd_mps * 1000) AS BIGINT) AS speed_sd_mmps,
  CAST(ROUND(b.cadence_spm * 1000) AS BIGINT) AS cadence_mspm,
  CAST(ROUND(b.cadence_sd_spm * 1000) AS BIGINT) AS cadence_sd_mspm,
  CAST(ROUND(b.asymmetry_p * 1000000) AS BIGINT) AS asymmetry_ppm
FROM all_bouts AS b
JOIN visits AS v ON v.session = b.session
WHERE b.backward_s > 0;
