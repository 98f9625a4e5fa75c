/** Work in progress, by key: callers that ask for the same key share it. */
export interface SingleFlight<Key, Flight> {
  /** The flight of the key, or the one that `start` begins; nothing is kept where `start` throws. */
  join(key: Key, start: () => Flight): Flight;
  /** The flight of the key, while it is in progress. */
  pending(key: Key): Flight | undefined;
  all(): Flight[];
}

/** A flight ends with its `result`, which is never kept: a later caller starts a new one. */
export function createSingleFlight<Key, Flight extends { readonly result: Promise<unknown> }>(): SingleFlight<
  Key,
  Flight
> {
  const flights = new Map<Key, Flight>();
  return {
    join(key, start) {
      // No asynchronous operation between this check and the set, or two callers would both start.
      const pending = flights.get(key);
      if (pending !== undefined) return pending;
      const flight = start();
      flights.set(key, flight);
      // Registered before any caller's, so that a caller that has the result and asks again starts a new flight.
      const end = () => void flights.delete(key);
      flight.result.then(end, end);
      return flight;
    },
    pending: (key) => flights.get(key),
    all: () => [...flights.values()],
  };
}
