import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Most of a start goes into reading and compiling some hundred modules, and is saved from the second start on. That
// counts for what is loaded after this, and what loads it is JavaScript: one file of TypeScript that is not in the cache
// brings in all that Node needs to read any.
//
// Beside the code, and not in the temporary folder that is Node's default: whoever can write there could have theirs
// run here. Where it cannot be written, as in a read-only container, it is done without.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/portal', import.meta.url)));
