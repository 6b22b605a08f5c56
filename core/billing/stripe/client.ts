import Stripe from 'stripe';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';

const timeoutMs = 20_000;
const retries = 2;

/** Stripe's own client, pointed at `apiUrl`. It repeats what failed on the way, under one idempotency key. */
export function createStripeClient({ secretKey, apiUrl }: { secretKey: string; apiUrl: string }): Stripe {
  const { protocol, hostname, port } = new URL(apiUrl);
  return new Stripe(secretKey, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    ...(port ? { port: Number(port) } : {}),
    timeout: timeoutMs,
    maxNetworkRetries: retries,
    telemetry: false,
  });
}

/** Asks Stripe; whatever speaks against it becomes an AppError `payment_unavailable`, and the log says what to do. */
export async function ask<T>(log: Log, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(log, error);
  }
}

/** Asks for page after page; fails as `ask` does. */
export async function* askEach<T>(log: Log, things: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* things;
  } catch (error) {
    throw explain(log, error);
  }
}

function explain(log: Log, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError)
    log.error({ reason: error.type }, 'Stripe does not let us in: check STRIPE_SECRET_KEY');
  else
    log.warn(
      { reason: error instanceof Stripe.errors.StripeError ? `${error.type} ${error.code ?? ''}` : String(error) },
      'Stripe did not answer as hoped',
    );
  return new AppError('payment_unavailable', {}, { cause: error });
}

/** Whether Stripe says that what was named does not exist. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';
