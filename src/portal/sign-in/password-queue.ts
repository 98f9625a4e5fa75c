import { PortalError } from '../../domain/errors.ts';

export interface PasswordQueueLimits {
  /** Works at once. */
  readonly concurrent: number;
  /** That may wait behind them. */
  readonly waiting: number;
  /** What a refused caller is told to wait, in s. */
  readonly retryAfterS: number;
}

/**
 * Resolves when it is one's turn. Rejects with too_many_attempts where the place in line went to somebody of whom fewer
 * were waiting.
 */
export type Turn = Promise<void>;

/**
 * Takes a place in the line of a network at once, and keeps it until the work is done. The lines take turns. Where no
 * more may wait, the last of the longest line makes room for whoever has a shorter one: so a flood waits for itself.
 * @throws PortalError too_many_attempts
 */
export type PasswordQueue = <Result>(
  network: string,
  work: (turn: Turn) => Promise<Result>,
) => Promise<Result>;

interface Place {
  readonly network: string;
  readonly call: () => void;
  readonly refuse: (refusal: PortalError) => void;
}

export function createPasswordQueue({
  concurrent,
  waiting,
  retryAfterS,
}: PasswordQueueLimits): PasswordQueue {
  /** Those who wait, by network, in the order of the networks' next turns. */
  const lines = new Map<string, Place[]>();
  const atWork = new Set<Place>();

  return async (network, work) => {
    makeRoom(network);
    const { promise: turn, resolve, reject } = Promise.withResolvers<void>();
    // Whoever is refused may not have come to wait for it yet.
    turn.catch(() => {});
    const place: Place = { network, call: resolve, refuse: reject };
    lines.set(network, [...lineOf(network), place]);
    callNext();
    try {
      return await work(turn);
    } finally {
      leave(place);
      callNext();
    }
  };

  function makeRoom(network: string): void {
    const all = [...lines.values()];
    const free = concurrent - atWork.size + waiting;
    if (all.reduce((sum, line) => sum + line.length, 0) < free) return;
    const longest = all.reduce((one, other) => (other.length > one.length ? other : one), []);
    const refusal = new PortalError('too_many_attempts', { retryAfterS });
    const last = longest.at(-1);
    if (last === undefined || longest.length <= lineOf(network).length + 1) throw refusal;
    leave(last);
    last.refuse(refusal);
  }

  function callNext(): void {
    for (const [network, [first, ...others]] of lines) {
      if (first === undefined || atWork.size >= concurrent) return;
      // To the end: the other networks first.
      lines.delete(network);
      if (others.length > 0) lines.set(network, others);
      atWork.add(first);
      first.call();
    }
  }

  function leave(place: Place): void {
    atWork.delete(place);
    const others = lineOf(place.network).filter((each) => each !== place);
    if (others.length > 0) lines.set(place.network, others);
    else lines.delete(place.network);
  }

  function lineOf(network: string): readonly Place[] {
    return lines.get(network) ?? [];
  }
}
