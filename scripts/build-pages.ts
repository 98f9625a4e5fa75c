import { mkdirSync, writeFileSync } from 'node:fs';
import { buildPages } from '../src/web/pages/build-pages.ts';

/** Builds the pages' scripts and styles before a start, for where esbuild is not installed: the image. */
const built = await buildPages(`${process.cwd()}/public`);
mkdirSync('build', { recursive: true });
writeFileSync('build/pages.json', JSON.stringify(built));
