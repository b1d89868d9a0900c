/** The longest wait between two tries, in milliseconds. */
const LONGEST_MS = 200;

/** How many tries come without a wait. */
const AT_ONCE = 2;

/** Waits before another try of what somebody else was faster at: longer with each try, never the same. */
export async function backOff(tries: number): Promise<void> {
  if (tries < AT_ONCE) return;
  const ms = Math.min(LONGEST_MS, 2 ** (tries - AT_ONCE)) * (0.5 + Math.random());
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}
