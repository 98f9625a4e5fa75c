import { composeApp } from './compose/web.ts';
import { composeJobs } from './compose/jobs.ts';
import { composePortal } from './compose/portal.ts';
import { ConfigError, loadConfig, type Config } from './config/config.ts';
import type { Log } from './runtime/log.ts';
import { createLogger } from './logger.ts';
import { saveSingleTenant } from './portal/tenants/single-tenant.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { serve, type RunningServer } from './web/http/server.ts';

/** sysexits.h: EX_CONFIG. */
const EXIT_CONFIG = 78;

async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLogger(config.logLevel);
  const stopping = new AbortController();
  const opened = new AsyncDisposableStack();
  const server = await start(config, { log, stopping, opened }).catch(async (error: unknown) => {
    // What is left open would keep alive a process that serves nobody.
    stopping.abort();
    await opened.disposeAsync().catch((fault: unknown) => log.error({ err: fault }, 'not all was closed'));
    throw error;
  });
  log.info({ url: server.url, publicUrl: config.publicUrl }, 'the portal is ready');

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'the portal is stopping');
      server.close().then(
        () => log.info({}, 'the portal has stopped'),
        (err: unknown) => {
          log.error({ err }, 'the portal did not stop cleanly');
          process.exitCode = 1;
        },
      );
    });
  }
}

interface Starting {
  readonly log: Log;
  readonly stopping: AbortController;
  /** Closed in the end, the last first. */
  readonly opened: AsyncDisposableStack;
}

async function start(config: Config, { log, stopping, opened }: Starting): Promise<RunningServer> {
  const portal = await composePortal(config, { log });
  opened.defer(() => portal.close());
  await portal.storage.migrate();
  if (config.singleTenant !== undefined) {
    await saveSingleTenant(portal.storage, config.singleTenant, config.qlik);
  }

  if (portal.metrics && config.metrics) {
    const metrics = await serveMetrics(portal.metrics, config.metrics);
    opened.defer(() => metrics.close());
    log.info({ url: metrics.url }, 'metrics are served');
  }

  const housekeeping = composeJobs(portal, stopping.signal);
  opened.defer(() => housekeeping);
  return await serve(composeApp(portal, stopping.signal), {
    ...config.listen,
    drainMs: config.drainMs,
    log,
    stopping,
    onClose: () => opened.disposeAsync(),
  });
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
