import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { RedisClient } from '../redis.ts';
import { createSeal } from '../seal.ts';
import type { Secrets } from '../secrets.ts';
import type { Accounts } from './accounts.ts';
import { createAttempts, passwordTries, secondFactorTries } from './attempts.ts';
import { createPasswords } from './password.ts';
import { createRecoveryCodes } from './recovery-codes.ts';
import { createRoles } from './roles.ts';
import { createSecondFactor } from './second-factor.ts';
import { createPasswordSignIn } from './sign-in.ts';
import { createStanding } from './standing.ts';
import { createTimeCodes } from './time-code.ts';

type Dependencies = {
  database: Database;
  redis: RedisClient;
  secrets: Secrets;
  publicUrl: string;
  accounts: Accounts;
  clock: Clock;
  log: Log;
};

/** Signing in by browser: password, second factor, and what holds while one is signed in. */
export function createBrowserSignIn({ database, redis, secrets, publicUrl, accounts, clock, log }: Dependencies) {
  const count = (name: string, limits: typeof passwordTries) => createAttempts({ redis, name, limits });
  return {
    signIn: createPasswordSignIn({ database, attempts: count('signin', passwordTries) }),
    secondFactor: createSecondFactor({
      database,
      attempts: count('second-factor', secondFactorTries),
      timeCodes: createTimeCodes({ key: secrets.derive('second-factor-proposals'), issuer: nameIssuer(publicUrl) }),
      recoveryCodes: createRecoveryCodes({ key: secrets.derive('recovery-codes') }),
      seal: createSeal(secrets.derive('second-factors')),
      clock,
      log,
    }),
    ...createPasswords({ database, attempts: count('password', passwordTries) }),
    setRole: createRoles({ database, announce: accounts.announce }),
    readStanding: createStanding({ database, get: accounts.get }),
  };
}

/** Authenticator apps list accounts by this name, and somebody may run more than one Easel. */
function nameIssuer(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return hostname === 'localhost' ? 'Easel' : `Easel ${hostname}`;
}
