// The clock of all measurements.

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

/**
 * Nanoseconds: of the clock on the wall, or, on a machine that is busy with other things, processor time of
 * this process (`--cpu`).
 *
 * @type {() => number}
 */
export const now = process.env['BENCH_CLOCK'] === 'cpu' ? cpuTime : () => performance.now() * 1e6;
