import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import type { WebCore } from './index.ts';

/** Strict headers for everything; a mount that needs more sets its own policy over them. */
export function secureHeaders({ publicUrl }: Pick<WebCore['settings'], 'publicUrl'>): RequestHandler {
  const common = {
    xFrameOptions: { action: 'deny' },
    // Over plain HTTP browsers ignore it; on localhost it would outlive Easel.
    strictTransportSecurity: publicUrl.startsWith('https:'),
  } as const;
  const pages = headersOf({
    ...common,
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
  });
  // What only means something to a page would be half of such an answer.
  const data = headersOf({
    ...common,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  return (request, response, next) => {
    for (const [name, value] of request.path.startsWith('/v1/') ? data : pages) response.setHeader(name, value);
    next();
  };
}

/** They are the same for every answer: written once, to be copied. */
function headersOf(options: HelmetOptions): [name: string, value: string][] {
  const sample = new ServerResponse(new IncomingMessage(new Socket()));
  helmet(options)(sample.req, sample, () => {});
  return Object.entries(sample.getHeaders()) as [name: string, value: string][];
}
