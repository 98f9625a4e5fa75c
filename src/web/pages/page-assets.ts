import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../runtime/log.ts';
import { fillPersonMessages } from './person-message.ts';
import { ASSET_ADDRESS, buildPages, sourceDigest, type BuiltPages } from './build-pages.ts';

export interface PageAssets {
  /** A page of `public/`, with its messages, and with the addresses of built files in place of the sources'. */
  page(file: string): Promise<string>;
  /** The name of the built file for an address in the sources; undefined where the sources themselves are served. */
  nameOf(address: string): Promise<string | undefined>;
  /** A built file; `current` is false where the hash is that of another version of the portal. */
  file(name: string): Promise<{ readonly text: string; readonly current: boolean } | undefined>;
}

const HASH = /-[A-Z0-9]{8}(?=\.)/;

/**
 * The pages' scripts and styles: prebuilt (`npm run build:pages`, as in the image), else built at the first request, else
 * the sources, where esbuild is not installed.
 */
export function createPageAssets({ publicDir, log }: { publicDir: string; log: Log }): PageAssets {
  let loading: Promise<BuiltPages> | undefined;
  // A failure is not kept: the next request tries again.
  const load = () =>
    (loading ??= loadBuilt(publicDir, log).catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
  return {
    async page(file) {
      const [{ names }, text] = await Promise.all([load(), readFile(join(publicDir, file), 'utf8')]);
      return fillPersonMessages(text).replaceAll(ASSET_ADDRESS, (address) => {
        const name = names[address];
        return name === undefined ? address : `/assets/${name}`;
      });
    },
    nameOf: async (address) => (await load()).names[address],
    async file(name) {
      const { files } = await load();
      const current = Object.hasOwn(files, name);
      const found = current
        ? name
        : Object.keys(files).find((each) => withoutHash(each) === withoutHash(name));
      const text = found === undefined ? undefined : files[found];
      return text === undefined ? undefined : { text, current };
    },
  };
}

const withoutHash = (name: string) => name.replace(HASH, '');

async function loadBuilt(publicDir: string, log: Log): Promise<BuiltPages> {
  const digest = sourceDigest(publicDir);
  const built = await readBuilt(join(publicDir, '../build/pages.json'));
  if (built?.digest === digest) return built;
  try {
    return await buildPages(publicDir);
  } catch (error) {
    log.warn({ err: error }, 'pages load slower than they could: run npm run build:pages');
    return { digest, names: {}, files: {} };
  }
}

async function readBuilt(path: string): Promise<BuiltPages | undefined> {
  try {
    // Written by scripts/build-pages.ts.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(await readFile(path, 'utf8')) as BuiltPages;
  } catch {
    return undefined;
  }
}
