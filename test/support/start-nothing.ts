import { ChildProcess } from 'node:child_process';
import { Server } from 'node:net';
import { beforeEach, vi } from 'vitest';

/** Unit tests start no server and no process: those belong in test/integration. */
beforeEach(() => {
  vi.spyOn(Server.prototype, 'listen').mockImplementation(refuse('a server'));
  // Not in the types of Node, and what spawn, exec and fork all come down to.
  const processes = ChildProcess.prototype as unknown as { spawn: () => void };
  vi.spyOn(processes, 'spawn').mockImplementation(refuse('a process'));
});

function refuse(what: string): () => never {
  return () => {
    throw new Error(`a unit test starts ${what}: move it to test/integration`);
  };
}
