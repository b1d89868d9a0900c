/** The law of the map as tests that any engine can be put through, and instruments for tests. */
export { conformance } from './suite.ts';
export type { ConformanceOptions, TestContext } from './suite.ts';
export type { EngineInternals } from './fixture.ts';
export { manualClock } from './manual-clock.ts';
export type { ManualClock } from './manual-clock.ts';
