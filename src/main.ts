import { composeApp } from './compose/web.ts';
import { composeHousekeeping } from './compose/housekeeping.ts';
import { composePortal } from './compose/portal.ts';
import { ConfigError, loadConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { saveSingleTenant } from './portal/single-tenant.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { serve } from './web/server.ts';

/** sysexits.h: EX_CONFIG. */
const EXIT_CONFIG = 78;

async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLogger(config.logLevel);
  const portal = await composePortal(config, { log });
  await portal.storage.migrate();
  if (config.singleTenant !== undefined) {
    await saveSingleTenant(portal.storage, config.singleTenant, config.qlik);
  }

  const metrics = portal.metrics && config.metrics && (await serveMetrics(portal.metrics, config.metrics));
  if (metrics) log.info({ url: metrics.url }, 'metrics are served');

  const stopping = new AbortController();
  const housekeeping = composeHousekeeping(portal, stopping.signal);
  const server = await serve(composeApp(portal, stopping.signal), {
    ...config.listen,
    drainMs: config.drainMs,
    log,
    stopping,
    async onClose() {
      await housekeeping;
      await portal.close();
      await metrics?.close();
    },
  });
  log.info({ url: server.url, publicUrl: config.publicUrl }, 'the portal is ready');

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'the portal is stopping');
      void server.close().then(() => log.info({}, 'the portal has stopped'));
    });
  }
}

try {
  await main();
} catch (error) {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_CONFIG;
  } else {
    createLogger('error').error({ err: error }, 'the portal cannot start');
    process.exitCode = 1;
  }
}
