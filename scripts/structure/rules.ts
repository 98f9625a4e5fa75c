/**
 * What each room of `src` may import: other rooms, and packages where those are restricted. The one table of
 * dependencies; everything that is not listed is refused.
 *
 *     domain ← runtime ← portal ← { qlik, sso, storage, metrics, web } ← compose ← { main, cli }
 */
export const ROOMS: Readonly<Record<string, Room>> = {
  domain: { imports: [], packages: ['zod'] },
  runtime: { imports: ['domain'] },
  config: { imports: ['domain', 'runtime'] },
  portal: { imports: ['domain', 'runtime'] },
  qlik: { imports: ['domain', 'runtime', 'portal'] },
  sso: { imports: ['domain', 'runtime', 'portal'] },
  storage: { imports: ['domain', 'runtime', 'portal'] },
  metrics: { imports: ['domain', 'runtime', 'portal'] },
  web: { imports: ['domain', 'runtime', 'portal'] },
  logger: { imports: ['runtime'] },
  compose: {
    imports: ['config', 'domain', 'runtime', 'portal', 'qlik', 'sso', 'storage', 'metrics', 'web'],
  },
  cli: { imports: ['compose', 'config', 'domain', 'runtime', 'portal', 'logger'] },
  main: { imports: ['compose', 'config', 'domain', 'runtime', 'portal', 'metrics', 'web', 'logger'] },
};

/** Files of a room itself, beside its folders. */
const LOOSE_FILES: Readonly<Record<string, readonly string[]>> = { portal: ['audit.ts', 'jobs.ts'] };

const MAX_FILES_IN_FOLDER = 20;

interface Room {
  readonly imports: readonly string[];
  /** Packages it may import, Node's own among them; all where absent. */
  readonly packages?: readonly string[];
}

/** Paths of source files from the project's root, each with what it imports: paths, or names of packages. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** `src/portal/tokens/x.ts` is in `portal`, `src/main.ts` in `main`; undefined outside of `src`. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/.]+)/.exec(path)?.[1];
}

/** Every breach of the rules, each in one line. */
export function findBreaches(graph: ImportGraph): string[] {
  return [...breachesOfTable(graph), ...circles(graph), ...looseFiles(graph), ...crowdedFolders(graph)];
}

function breachesOfTable(graph: ImportGraph): string[] {
  const breaches: string[] = [];
  for (const [file, imports] of graph) {
    const name = roomOf(file);
    if (name === undefined) continue;
    const room = ROOMS[name];
    if (room === undefined) {
      breaches.push(`${file}: the room "${name}" is not in the table`);
      continue;
    }
    for (const target of imports) {
      if (!isAllowed(name, room, target)) breaches.push(`${file}: ${name} may not import ${target}`);
    }
  }
  return breaches;
}

function isAllowed(name: string, room: Room, target: string): boolean {
  const isPath = target.includes('/') && /\.[a-z]+$/.test(target);
  if (!isPath) return room.packages?.includes(target) ?? true;
  const other = roomOf(target);
  // Data files at the root, such as package.json, have no room; the sandbox, tests and benches have none either.
  if (other === undefined) return !/^(?:packages|test|bench|scripts)\//.test(target);
  return other === name || room.imports.includes(other);
}

/** Strongly connected components of more than one file (Tarjan), type imports included. */
function circles(graph: ImportGraph): string[] {
  const found: string[] = [];
  const indexOf = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];

  function visit(file: string): void {
    indexOf.set(file, indexOf.size);
    low.set(file, indexOf.size - 1);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      if (!indexOf.has(target)) {
        visit(target);
        low.set(file, Math.min(low.get(file) ?? 0, low.get(target) ?? 0));
      } else if (stack.includes(target)) {
        low.set(file, Math.min(low.get(file) ?? 0, indexOf.get(target) ?? 0));
      }
    }
    if (low.get(file) !== indexOf.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1) found.push(`import circle: ${component.toSorted().join(', ')}`);
  }

  for (const file of graph.keys()) if (!indexOf.has(file)) visit(file);
  return found;
}

function looseFiles(graph: ImportGraph): string[] {
  return [...graph.keys()].flatMap((file) => {
    const [, room = '', name = ''] = /^src\/([^/]+)\/([^/]+)$/.exec(file) ?? [];
    const allowed = LOOSE_FILES[room];
    return allowed === undefined || allowed.includes(name)
      ? []
      : [`${file}: a loose file of the room "${room}"`];
  });
}

function crowdedFolders(graph: ImportGraph): string[] {
  const counts = new Map<string, number>();
  for (const file of graph.keys()) {
    if (roomOf(file) === undefined) continue;
    const folder = file.slice(0, file.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > MAX_FILES_IN_FOLDER)
    .map(([folder, count]) => `${folder}: ${count} files, at most ${MAX_FILES_IN_FOLDER} in a folder`);
}
