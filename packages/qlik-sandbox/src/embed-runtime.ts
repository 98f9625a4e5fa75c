import { Router, type RequestHandler } from 'express';
import { embedBundle } from './embed-bundle.ts';
import { appsRouter } from './engine/apps-rest.ts';
import type { EngineTenant } from './engine/tenant.ts';

/**
 * The scripts a tenant serves to embedding pages, for mounting at `/qlik-embed`: `main.js` and the modules it loads
 * when they are first needed. They hold no secrets and are public, as on a real tenant: a page whose origin is not
 * allowed still gets the runtime, and learns from it what is wrong.
 */
export function embedRuntime(tenant: EngineTenant): Router {
  const router = Router();
  router.get(/^\/(.+\.js)$/, serveScript(tenant));
  return router;
}

function serveScript(tenant: EngineTenant): RequestHandler<{ 0: string }> {
  // `main.js` says whose it is, so that an embed can name its tenant even when nothing else of it answers.
  const preamble = Buffer.from(`var QlikSandboxTenant=${JSON.stringify(tenant.name)};\n`);
  return async (req, res, next) => {
    const bundle = await embedBundle();
    const name = req.params[0];
    const script = bundle.get(name);
    if (!script) return next();
    res.set({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'X-Content-Type-Options': 'nosniff',
      // Only chunk names change with their content.
      'Cache-Control': name.startsWith('chunks/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    res
      .type('text/javascript')
      .send(name === 'main.js' ? Buffer.concat([preamble, script]) : Buffer.from(script));
  };
}

/** The REST endpoints about the tenant's app, for mounting at the tenant's root. */
export function restForEmbed(tenant: EngineTenant): Router {
  return appsRouter(tenant);
}
