/**
 * Starts a stopwatch. The result tells the milliseconds since this call.
 *
 * The monotonic clock may stop while the machine sleeps and the wall clock may be set, so the larger of both counts:
 * a token is then at worst taken for older than it is, which costs one request, and never for younger.
 * @param {{ wall(): number, monotonic(): number }} clock
 * @returns {() => number}
 */
export function startStopwatch(clock) {
  const wall = clock.wall();
  const monotonic = clock.monotonic();
  return () => Math.max(clock.wall() - wall, clock.monotonic() - monotonic, 0);
}

/** The browser's own clocks. */
export const browserClock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};
