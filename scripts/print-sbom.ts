import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.looseObject({ name: z.string() });
const lockfileSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({ dev: z.boolean().default(false), link: z.boolean().default(false) }),
  ),
});
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Prints what the image holds of others, as CycloneDX: from the lockfile, so it needs no installation and no registry.
 * By `npm sbom --omit dev` alone whatever a development dependency needs as well would be left out.
 */
const manifest = {
  ...manifestSchema.parse(read('package.json')),
  devDependencies: undefined,
  workspaces: undefined,
};
const lockfile = lockfileSchema.parse(read('package-lock.json'));
// The workspaces are for development: a production install leaves them out.
const held = Object.entries(lockfile.packages).filter(
  ([path, { dev, link }]) => path.startsWith('node_modules/') && !dev && !link,
);

const temporary = mkdtempSync(join(tmpdir(), 'portal-sbom-'));
try {
  // npm names the whole after its folder.
  const folder = join(temporary, manifest.name);
  mkdirSync(folder);
  const write = (file: string, content: object) => {
    writeFileSync(join(folder, file), JSON.stringify(content));
  };
  write('package.json', manifest);
  write('package-lock.json', { ...lockfile, packages: { '': manifest, ...Object.fromEntries(held) } });
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: folder,
    stdio: 'inherit',
  });
} finally {
  rmSync(temporary, { recursive: true });
}
