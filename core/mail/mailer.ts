/** A message to one person; both forms say the same. */
export type Mail = { to: string; subject: string; text: string; html: string };

/** The port. `send` resolves once the message is handed over, and throws when it cannot be. */
export type Mailer = { send(mail: Mail): Promise<void>; close(): void };
