import type { Clock } from '../../src/runtime/clock.ts';
import type { Timer } from '../../src/runtime/timer.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock and a timer that stand still until the test moves them: hours pass in milliseconds. */
export class VirtualTime implements Clock, Timer {
  #now: number;
  #sleepers = new Map<number, Sleeper[]>();
  #dues: number[] = [];

  constructor(now = Date.parse('2026-03-02T08:00:00Z')) {
    this.#now = now;
  }

  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      this.#add({ due: this.#now + ms, wake: resolve });
      // A sleeper that was woken early stays in the list, where waking it again does nothing.
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });

  after = (ms: number, call: () => void): (() => void) => {
    let cancelled = false;
    this.#add({ due: this.#now + ms, wake: () => (cancelled ? undefined : call()) });
    return () => {
      cancelled = true;
    };
  };

  /** Lets everything run that waits for nothing but the present. */
  async settle(): Promise<void> {
    await new Promise((resolve) => void setImmediate(resolve));
  }

  /** Moves time on, waking sleepers in the order in which they are due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let due = this.#dues[0]; due !== undefined && due <= end; due = this.#dues[0]) {
      this.#dues.shift();
      this.#now = Math.max(this.#now, due);
      const sleepers = this.#sleepers.get(due) ?? [];
      this.#sleepers.delete(due);
      for (const sleeper of sleepers) sleeper.wake();
      await this.settle();
    }
    this.#now = end;
  }

  /** Moves time on until the promise settles. */
  async until<Result>(promise: Promise<Result>, withinMs = 24 * 3_600_000): Promise<Result> {
    const state = { settled: false };
    const settle = () => {
      state.settled = true;
    };
    promise.then(settle, settle);
    const end = this.#now + withinMs;
    await this.settle();
    while (!state.settled) {
      const due = this.#dues[0];
      if (due === undefined || due > end) throw new Error(`nothing happened within ${withinMs} ms`);
      await this.advance(Math.max(0, due - this.#now));
    }
    return promise;
  }

  #add(sleeper: Sleeper): void {
    const same = this.#sleepers.get(sleeper.due);
    if (same) return void same.push(sleeper);
    this.#sleepers.set(sleeper.due, [sleeper]);
    this.#dues.splice(this.#placeOf(sleeper.due), 0, sleeper.due);
  }

  #placeOf(due: number): number {
    let low = 0;
    let high = this.#dues.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#dues[middle]! < due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
