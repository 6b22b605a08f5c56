/** What is read of generations, the same for the roll-up and for the days that are not rolled up yet. */

/** The UTC day of a moment. */
const dayOf = (moment: string) => `(${moment} AT TIME ZONE 'UTC')::date`;

/** Midnight UTC of a day given as text. */
export const midnight = (day: string) => `(${day})::timestamp AT TIME ZONE 'UTC'`;

const cost = 'coalesce(sum(cost_micros), 0)';

/** One by one, which OFFSET makes sure of: joined, the whole table would be read for a few days. */
const generationOf = 'SELECT provider, model FROM generations WHERE id = generation_id OFFSET 0';

/** Pictures count on the day on which they were made, as lists show them. @param since a moment, as SQL */
export const usageByModel = (since: string) => `
  SELECT day, provider, model, sum(requested)::int AS requested, sum(succeeded)::int AS succeeded, sum(failed)::int AS failed,
    sum(images)::int AS images, sum(cost)::bigint AS cost_micros
  FROM (
    SELECT ${dayOf('created_at')} AS day, provider, model, count(*) AS requested,
      count(*) FILTER (WHERE state = 'succeeded') AS succeeded, count(*) FILTER (WHERE state = 'failed') AS failed,
      0 AS images, ${cost} AS cost
    FROM generations WHERE created_at >= ${since} GROUP BY 1, 2, 3
    UNION ALL
    SELECT ${dayOf('images.created_at')}, provider, model, 0, 0, 0, count(*), 0
    FROM images, LATERAL (${generationOf}) AS generations WHERE images.created_at >= ${since} GROUP BY 1, 2, 3
  ) AS used GROUP BY 1, 2, 3`;

/** @param since a moment, as SQL */
export const usageByMember = (since: string) => `
  SELECT day, account_id, sum(requested)::int AS requested, sum(images)::int AS images, sum(cost)::bigint AS cost_micros
  FROM (
    SELECT ${dayOf('created_at')} AS day, account_id, count(*) AS requested, 0 AS images, ${cost} AS cost
    FROM generations WHERE created_at >= ${since} GROUP BY 1, 2
    UNION ALL
    SELECT ${dayOf('created_at')}, account_id, 0, count(*), 0 FROM images WHERE created_at >= ${since} GROUP BY 1, 2
  ) AS used GROUP BY 1, 2`;

/** What people were refused counts with what broke. @param since a moment, as SQL */
export const failuresByCause = (since: string) => `
  SELECT ${dayOf('created_at')} AS day, provider, model, coalesce(error_code, 'unknown') AS cause, count(*)::int AS failed
  FROM generations WHERE state IN ('failed', 'moderated') AND created_at >= ${since} GROUP BY 1, 2, 3, 4`;
