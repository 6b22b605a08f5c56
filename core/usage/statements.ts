/** What is read of generations, the same for the roll-up and for the days that are not rolled up yet. */

/** The UTC day of a row. */
const dayOfRow = `(created_at AT TIME ZONE 'UTC')::date`;

/** Midnight UTC of a day given as text. */
export const midnight = (day: string) => `(${day})::timestamp AT TIME ZONE 'UTC'`;

const pictures = `coalesce(sum((SELECT count(*) FROM images WHERE images.generation_id = generations.id)), 0)::int`;
const cost = `coalesce(sum(cost_micros), 0)::bigint`;

/** @param where a condition on generations */
export const usageByModel = (where: string) => `
  SELECT ${dayOfRow} AS day, provider, model, count(*)::int AS requested,
    count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded, count(*) FILTER (WHERE state = 'failed')::int AS failed,
    ${pictures} AS images, ${cost} AS cost_micros
  FROM generations WHERE ${where} GROUP BY 1, 2, 3`;

/** @param where a condition on generations */
export const usageByMember = (where: string) => `
  SELECT ${dayOfRow} AS day, account_id, count(*)::int AS requested, ${pictures} AS images, ${cost} AS cost_micros
  FROM generations WHERE ${where} GROUP BY 1, 2`;

/** What people were refused counts with what broke. @param where a condition on generations */
export const failuresByCause = (where: string) => `
  SELECT ${dayOfRow} AS day, provider, model, coalesce(error_code, 'unknown') AS cause, count(*)::int AS failed
  FROM generations WHERE state IN ('failed', 'moderated') AND ${where} GROUP BY 1, 2, 3, 4`;
