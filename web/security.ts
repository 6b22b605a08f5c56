import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { WebCore } from './index.ts';

/** Strict headers for everything; a mount that needs more sets its own policy over them. */
export function secureHeaders({ publicUrl }: Pick<WebCore['settings'], 'publicUrl'>): RequestHandler {
  const write = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    // Over plain HTTP browsers ignore it; on localhost it would outlive Easel.
    strictTransportSecurity: publicUrl.startsWith('https:'),
  });
  // They are the same for every answer: written once, and copied.
  const sample = new ServerResponse(new IncomingMessage(new Socket()));
  write(sample.req, sample, () => {});
  const headers = Object.entries(sample.getHeaders()) as [name: string, value: string][];
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}
