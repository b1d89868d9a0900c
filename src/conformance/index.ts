/** The law of the map as tests that any engine can be put through, and instruments for tests. */
export { conformance } from './suite.ts';
export type { ConformanceOptions, TestContext } from './suite.ts';
export type { EngineInternals } from './fixture.ts';

export { manualClock } from './manual-clock.ts';
export type { ManualClock } from './manual-clock.ts';

export { Model } from './model.ts';
export type { ModelEntry, ModelOutcome, ModelStep } from './model.ts';

export { asynchronous } from './asynchronous.ts';
export { faulty } from './faulty.ts';
export type { Fault, Faulty, FaultyWord } from './faulty.ts';
export { mirror } from './mirror.ts';
export { recording } from './recording.ts';

export { createHistory, SOMETHING } from './history.ts';
export type { History, HistoryOperation, HistoryRange } from './history.ts';
export { checkHistory } from './linearizable.ts';
export { searchLinearization } from './linearization.ts';
export type { Violation } from './timeline.ts';
