import { hostname } from 'node:os';
import { type Role, roles, type Settings, SettingsError } from '../../core/settings.ts';
import { type Answer, type Given, UsageError } from '../command.ts';
import { type Check, fault, ok, writeLines } from './check.ts';

/**
 * Checks everything, one line each. With --role only whether a process of this machine does that, in a second:
 * the health check of containers that serve no HTTP.
 */
export async function run(given: Given): Promise<Answer> {
  const checks = await check(given);
  const well = checks.every(({ state }) => state !== 'fault');
  return { ok: well, lines: writeLines(checks), data: { checks } };
}

async function check(given: Given): Promise<Check[]> {
  const { role } = given.options;
  if (role !== undefined && !isRole(role))
    throw new UsageError(`--role must be one of ${roles.join(', ')}, not ${role}`);
  const settings = readSettings(given);
  if (!('dataDirectory' in settings)) return settings.faults.map(toFault);
  if (role) {
    const { checkRole } = await import('./processes.ts');
    return [await checkRole(settings, role, hostname(), await given.openLog(settings))];
  }
  const { checkAll } = await import('./everything.ts');
  return [describeSettings(settings), ...(await checkAll(settings, await given.openLog(settings)))];
}

function readSettings(given: Given): Settings | SettingsError {
  try {
    return given.readSettings();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
}

function toFault(text: string): Check {
  const [name = '', ...rest] = text.split(': ');
  return fault(name, rest.join(': '), 'Mend it in the environment or in .env; .env.example tells what it means');
}

function describeSettings(settings: Settings): Check {
  const key = settings.secretKey ? 'SECRET_KEY given' : `secret key kept in ${settings.dataDirectory}`;
  const reach = settings.publicUrlGiven ? '' : ', for this machine only without PUBLIC_URL';
  return ok('Settings', `${settings.publicUrl}${reach}; ${key}; roles ${settings.roles.join(', ')}`);
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
