import type { GenerationState, Prisma } from '@prisma/client';
import type { Database } from '../database/database.ts';

/** A generation as the worker holds it. Read again after every move. */
export type Held = {
  id: string;
  ref: string;
  accountId: string;
  prompt: string;
  negativePrompt: string | null;
  model: string;
  provider: string;
  style: string | null;
  aspectRatio: string;
  count: number;
  seed: number;
  inputImageId: string | null;
  /** Of Discord, where it was asked for in one. */
  serverId: string | null;
  priority: number;
  state: GenerationState;
  version: number;
  attempts: number;
  operation: Prisma.JsonValue;
  cancelRequested: boolean;
  createdAt: Date;
  submittedAt: Date | null;
};

export type Moves = ReturnType<typeof createMoves>;

/** The lease and the conditional moves of a generation. Whoever loses a race is told by null. */
export function createMoves({ database, owner, leaseMs }: { database: Database; owner: string; leaseMs: number }) {
  const one = async (statement: { name: string; text: string }, values: unknown[]) =>
    (await database.run<Held>(statement, values))[0] ?? null;

  return {
    /** Takes it in hand, unless it has ended or another worker has it. */
    claim: (id: string) => one(claimStatement, [id, owner, leaseMs]),
    /** Another sign of life; null when it was lost. */
    renew: (id: string) => one(renewStatement, [id, owner, leaseMs]),
    release: async (id: string): Promise<void> => {
      await database.run(releaseStatement, [id, owner]);
    },
    /** Moves on, if it still is where it was seen. `change` may set what belongs to the new state. */
    move: (
      from: Held,
      to: GenerationState,
      change: { operation?: object; providerId?: string; submittedAt?: Date; attempts?: number } = {},
    ) =>
      one(moveStatement, [
        from.id,
        from.version,
        to,
        change.operation ? JSON.stringify(change.operation) : null,
        change.providerId ?? null,
        change.submittedAt ?? null,
        change.attempts ?? null,
      ]),
    progress: async (id: string, progress: number): Promise<void> => {
      await database.run(progressStatement, [id, progress]);
    },
  };
}

const held = `id, ref, account_id AS "accountId", prompt, negative_prompt AS "negativePrompt", model, provider, style, aspect_ratio AS "aspectRatio",
  count, seed, input_image_id AS "inputImageId", reply_to->>'guildId' AS "serverId", priority, state, version, attempts, operation, cancel_requested AS "cancelRequested", created_at AS "createdAt", submitted_at AS "submittedAt"`;

const claimStatement = {
  name: 'generation_claim',
  text: `UPDATE generations SET lease_owner = $2, lease_until = now() + $3::int * interval '1 millisecond'
    WHERE id = $1 AND finished_at IS NULL AND (lease_until IS NULL OR lease_until < now()) RETURNING ${held}`,
};
const renewStatement = {
  name: 'generation_renew',
  text: `UPDATE generations SET lease_until = now() + $3::int * interval '1 millisecond'
    WHERE id = $1 AND finished_at IS NULL AND lease_owner = $2 RETURNING ${held}`,
};
const releaseStatement = {
  name: 'generation_release',
  text: `UPDATE generations SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND lease_owner = $2`,
};
const moveStatement = {
  name: 'generation_move',
  text: `UPDATE generations SET state = $3::"GenerationState", version = version + 1, operation = coalesce($4::jsonb, operation),
      provider_id = coalesce($5, provider_id), submitted_at = coalesce($6, submitted_at), attempts = coalesce($7, attempts)
    WHERE id = $1 AND version = $2 RETURNING ${held}`,
};
const progressStatement = {
  name: 'generation_progress',
  text: `UPDATE generations SET progress = $2 WHERE id = $1 AND finished_at IS NULL`,
};
