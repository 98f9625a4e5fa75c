import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of the time to the first answer goes into compiling some hundred modules, and is saved from the second start on.
// Beside the code, and not in the temporary folder that is Node's default: whoever can write there could have theirs
// run here. Where it cannot be written, as in a read-only container, it is done without.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/portal', import.meta.url)));

// Loaded only now, since the cache counts for what is loaded after it.
await import('./serve-portal.ts');
