import type { ChildProcess } from 'node:child_process';
import { watch } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRunning, startChild, stopChild } from './child.ts';

const SERVER = fileURLToPath(new URL('../../bin/server.js', import.meta.url));
const WATCHED = ['src', 'public'];

/** Editors write a file in several steps. */
const SETTLE_MS = 150;

export interface PortalProcess extends AsyncDisposable {
  /** Resolves when the portal answers `GET /readyz`, or has ended. */
  ready(): Promise<void>;
}

/** The portal in a process of its own; another one takes its place when a source file changes. */
export function startPortal(environmentFile: string, url: string): PortalProcess {
  let child: ChildProcess;
  let restart = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const start = () => {
    child = startChild([`--env-file=${environmentFile}`, SERVER], 'inherit');
    child.once('exit', (code) => {
      if (code !== 0 && code !== null) {
        process.stderr.write(`The portal ended with code ${code}; it starts again when a file changes.\n`);
      }
    });
  };
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      restart = restart.then(() => stopChild(child)).then(start);
    }, SETTLE_MS);
  };
  start();
  const watchers = WATCHED.map((folder) => watch(folder, { recursive: true }, changed));

  return {
    async ready() {
      while (isRunning(child) && !(await answers(`${url}/readyz`))) await wait(100);
    },
    async [Symbol.asyncDispose]() {
      for (const watcher of watchers) watcher.close();
      clearTimeout(timer);
      await restart;
      await stopChild(child);
    },
  };
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
