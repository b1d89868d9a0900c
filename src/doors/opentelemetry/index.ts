/** Operations of maps, stores and buffers as OpenTelemetry metrics and spans. */
export { observe } from './observe.ts';
export type { Observation, ObserveOptions } from './observe.ts';
