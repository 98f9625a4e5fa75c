import { PortalError } from '../../domain/errors.ts';

export interface PasswordQueueLimits {
  /** How many may hold a slot at the same time. */
  readonly concurrent: number;
  /** How many may wait for one. */
  readonly waiting: number;
  /** What a refused caller is told to wait, in s. */
  readonly retryAfterS: number;
}

/** Resolves when the slot is free for this caller; rejects with too_many_attempts where it was evicted from the queue. */
export type SlotGranted = Promise<void>;

/**
 * Joins the queue of a network, and leaves it when the work is done. Networks are served in turn. Where the limit of
 * waiting callers is reached, the last one of the longest queue is evicted for a caller with a shorter queue, so that a
 * flood delays itself. Not a `FairQueue`, which serves all callers in one order and evicts none.
 * @throws PortalError too_many_attempts
 */
export type PasswordQueue = <Result>(
  network: string,
  work: (granted: SlotGranted) => Promise<Result>,
) => Promise<Result>;

interface Caller {
  readonly network: string;
  readonly grant: () => void;
  readonly refuse: (refusal: PortalError) => void;
}

export function createPasswordQueue({
  concurrent,
  waiting,
  retryAfterS,
}: PasswordQueueLimits): PasswordQueue {
  /** Waiting callers by network, in the order in which the networks are served next. */
  const queues = new Map<string, readonly Caller[]>();
  const running = new Set<Caller>();
  const queueOf = (network: string) => queues.get(network) ?? [];

  return async (network, work) => {
    ensureRoom(network);
    const { promise: granted, resolve, reject } = Promise.withResolvers<void>();
    // An evicted caller may not await it yet.
    granted.catch(() => {});
    const caller: Caller = { network, grant: resolve, refuse: reject };
    queues.set(network, [...queueOf(network), caller]);
    grantNext();
    try {
      return await work(granted);
    } finally {
      leave(caller);
      grantNext();
    }
  };

  function ensureRoom(network: string): void {
    const all = [...queues.values()];
    const free = concurrent - running.size + waiting;
    if (all.reduce((sum, queue) => sum + queue.length, 0) < free) return;
    const longest = all.reduce((one, other) => (other.length > one.length ? other : one), []);
    const refusal = new PortalError('too_many_attempts', { retryAfterS });
    const last = longest.at(-1);
    if (last === undefined || longest.length <= queueOf(network).length + 1) throw refusal;
    leave(last);
    last.refuse(refusal);
  }

  function grantNext(): void {
    for (const [network, [first, ...others]] of queues) {
      if (first === undefined || running.size >= concurrent) return;
      // To the end: the other networks first.
      queues.delete(network);
      if (others.length > 0) queues.set(network, others);
      running.add(first);
      first.grant();
    }
  }

  function leave(caller: Caller): void {
    running.delete(caller);
    const others = queueOf(caller.network).filter((each) => each !== caller);
    if (others.length > 0) queues.set(caller.network, others);
    else queues.delete(caller.network);
  }
}
