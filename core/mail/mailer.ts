/** A message to one person; both forms say the same. */
export type Mail = { to: string; subject: string; text: string; html: string };

/**
 * The port. `send` resolves once the message is handed over, and throws when it cannot be. `close`
 * waits a moment for what is on its way.
 */
export type Mailer = { send(mail: Mail): Promise<void>; close(): Promise<void> };
