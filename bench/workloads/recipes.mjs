// What is built on the map, and the doors by which other libraries come in.
import { counter } from './recipes/counter.mjs';
import { hitRates } from './recipes/hit-rates.mjs';
import { hit } from './recipes/hit.mjs';
import { keyvGet, keyvSet } from './recipes/keyv.mjs';
import { tracedAsyncGet, tracedCodecSet, tracedGet, tracedSet } from './recipes/tracing.mjs';

export const groups = [
  hit,
  ...hitRates,
  counter,
  tracedGet,
  tracedSet,
  tracedAsyncGet,
  tracedCodecSet,
  keyvGet,
  keyvSet,
];
