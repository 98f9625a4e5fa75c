import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The scripts and styles of the pages, one file each in place of all the modules they import. */
export interface BuiltPages {
  /** Digest of the sources it was built from: `sourceDigest`. */
  readonly digest: string;
  /** By address in the sources (`/js/embed.js`): the name of the built file, which holds a hash of its content. */
  readonly names: Readonly<Record<string, string>>;
  /** Contents by name, source maps included. */
  readonly files: Readonly<Record<string, string>>;
}

/** The script that pages of others load by this address. */
export const TOKEN_SCRIPT = '/js/qlik-token.js';

/** Addresses of scripts and styles in a page. */
export const ASSET_ADDRESS = /(?<=(?:src|href)=")\/(?:js|css)\/[^"]+/g;

/** Changes with every source of the pages. */
export function sourceDigest(publicDir: string): string {
  const digest = createHash('sha256');
  for (const path of globSync('**/*.{css,html,js}', { cwd: publicDir }).toSorted()) {
    digest
      .update(`${path}\0`)
      .update(readFileSync(join(publicDir, path)))
      .update('\0');
  }
  return digest.digest('hex');
}

/**
 * Bundles what the pages load. Takes some 50 ms.
 * @throws where esbuild, a development dependency, is not installed
 */
export async function buildPages(publicDir: string): Promise<BuiltPages> {
  const { build } = await import('esbuild');
  const pages = globSync('*.html', { cwd: publicDir }).map((page) =>
    readFileSync(join(publicDir, page), 'utf8'),
  );
  const addresses = new Set(pages.flatMap((page) => page.match(ASSET_ADDRESS) ?? []));
  const { metafile, outputFiles } = await build({
    absWorkingDir: publicDir,
    entryPoints: [...addresses.add(TOKEN_SCRIPT)].map((address) => address.slice(1)),
    entryNames: '[name]-[hash]',
    outdir: 'assets',
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'esnext',
    charset: 'utf8',
    // Linked below: esbuild would link the map from the folder of the page that loads the script.
    sourcemap: 'external',
    logLevel: 'silent',
  });
  const contents = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const names: Record<string, string> = {};
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint === undefined) continue;
    const name = basename(path);
    const link = `# sourceMappingURL=/assets/${name}.map`;
    names[`/${entryPoint}`] = name;
    contents.set(name, `${contents.get(name)}${name.endsWith('.css') ? `/*${link} */` : `//${link}`}\n`);
  }
  return { digest: sourceDigest(publicDir), names, files: Object.fromEntries(contents) };
}
