import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { generatedPages } from './generated-pages.ts';

/** Writes the pages of docs/ that are made from the source; a test says when they are out of date. */
for (const [path, text] of Object.entries(generatedPages)) {
  writeFileSync(path, await format(text(), { ...(await resolveConfig(path)), filepath: path }));
}
