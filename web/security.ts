import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { WebCore } from './index.ts';

/** Strict headers for everything; a mount that needs more sets its own policy over them. */
export function secureHeaders({ publicUrl }: Pick<WebCore['settings'], 'publicUrl'>): RequestHandler {
  return helmet({
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
}
