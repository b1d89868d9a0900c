// What is built on the map, and the doors by which other libraries come in.
import { keyvGet, keyvSet } from './recipes/keyv.mjs';
import { tracedAsyncGet, tracedCodecSet, tracedGet, tracedSet } from './recipes/tracing.mjs';

export const groups = [tracedGet, tracedSet, tracedAsyncGet, tracedCodecSet, keyvGet, keyvSet];
