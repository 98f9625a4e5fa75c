import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The runtime modules of `@qlik/api` that embeds import from the tenant, by the names they ask for. */
const QLIK_MODULES = ['auth', 'invoke-fetch', 'qix'] as const;

/** The served scripts of the embed runtime by path below `/qlik-embed/`. */
export type EmbedBundle = ReadonlyMap<string, Uint8Array>;

let bundling: Promise<EmbedBundle> | undefined;

/** Builds the scripts once per process; a failed build is tried anew by the next caller. */
export function embedBundle(): Promise<EmbedBundle> {
  bundling ??= buildBundle().catch((error: unknown) => {
    bundling = undefined;
    throw error;
  });
  return bundling;
}

const browserSources = fileURLToPath(new URL('browser/', import.meta.url));

async function buildBundle(): Promise<EmbedBundle> {
  const common = {
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    outdir: '/',
    absWorkingDir: browserSources,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  } as const;
  const [main, modules] = await Promise.all([
    // A classic script: it is loaded by a plain script element, before anything knows of modules.
    build({ ...common, format: 'iife', entryPoints: { main: join(browserSources, 'main.ts') } }),
    build({
      ...common,
      format: 'esm',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      entryPoints: {
        ...qlikEntryPoints(),
        'modules/embed-vanilla': join(browserSources, 'embed-vanilla.ts'),
        'modules/initial-app-state': join(browserSources, 'initial-app-state.ts'),
      },
    }),
  ]);
  const files = [...main.outputFiles, ...modules.outputFiles];
  return new Map(files.map(({ path, contents }) => [posix.relative('/', path), contents]));
}

/**
 * Finds the runtime modules inside `@qlik/api`. Their file names are hashed and outside the package's exports, so
 * they are read from the chunk with which the package itself loads them.
 */
export function qlikEntryPoints(packageRoot = qlikApiRoot()): Record<string, string> {
  const chunks = join(packageRoot, 'chunks');
  const loader = readdirSync(chunks).find((name) => /^public-runtime-modules-[\w-]+\.js$/.test(name));
  if (loader === undefined) throw new MissingChunkError('public-runtime-modules-*.js', chunks);
  const source = readFileSync(join(chunks, loader), 'utf8');
  return Object.fromEntries(
    QLIK_MODULES.map((name) => {
      const file = new RegExp(`import\\("\\./(${name}-[\\w-]{8}\\.js)"\\)`).exec(source)?.[1];
      if (file === undefined) throw new MissingChunkError(`import of ${name}-*.js in ${loader}`, chunks);
      return [`modules/${name}`, join(chunks, file)];
    }),
  );
}

function qlikApiRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('@qlik/api'));
}

/** The installed `@qlik/api` is not laid out as the sandbox knows it: most likely its version changed. */
class MissingChunkError extends Error {
  override readonly name = 'MissingChunkError';
  readonly code = 'QLIK_API_CHUNK_MISSING';

  constructor(pattern: string, directory: string) {
    super(
      `The sandbox found no ${pattern} in ${directory}. Install the version of @qlik/api that package-lock.json pins.`,
    );
  }
}
