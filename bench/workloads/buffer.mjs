// The write-behind buffer: what accepting, draining and swapping cost.
import { drain } from './buffer/drain.mjs';
import { durable } from './buffer/durable.mjs';
import { pause, tail } from './buffer/pause.mjs';
import { newTable, write } from './buffer/write.mjs';

export const groups = [write, newTable, drain, pause, tail, durable];
