import type { Wire } from '../model/state.ts';

/** An answer that refuses, in the shape that Discord gives it. */
export class DiscordFault extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: Wire | undefined;

  constructor(status: number, code: number, message: string, errors?: Wire) {
    super(message);
    this.name = 'DiscordFault';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toWire(): Wire {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) };
  }
}

const known = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  methodNotAllowed: [405, 0, '405: Method Not Allowed'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownUser: [404, 10013, 'Unknown User'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  tooManyFiles: [400, 30015, 'Maximum number of attachments in a message reached (10).'],
  tooManyCommands: [400, 30032, 'Maximum number of application commands reached (100).'],
  openingTooFast: [403, 40003, 'You are opening direct messages too fast'],
  tooLarge: [413, 40005, 'Request entity too large'],
  alreadyAcknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  missingAccess: [403, 50001, 'Missing Access'],
  notAuthor: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  cannotMessageUser: [403, 50007, 'Cannot send messages to this user'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  invalidToken: [401, 50027, 'Invalid Webhook Token'],
  invalidRecipients: [400, 50033, 'Invalid Recipient(s)'],
  invalidVersion: [400, 50041, 'Invalid API version provided'],
  invalidJson: [400, 50109, 'The request body contains invalid JSON.'],
} as const;

/** A refusal by name; the names stand for Discord's own code and words. */
export function refusal(name: keyof typeof known): DiscordFault {
  const [status, code, message] = known[name];
  return new DiscordFault(status, code, message);
}

/**
 * The emulator's own refusal, where the real service does something that is not emulated here.
 * It is loud on purpose: a test that needs it has to extend the emulator.
 */
export function notEmulated(what: string): DiscordFault {
  return new DiscordFault(501, 0, `The Discord emulator does not know ${what}`);
}
