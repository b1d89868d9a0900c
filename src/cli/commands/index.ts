import type { CommandSpec } from '../command.ts';
import { get, remove, set, take } from './entries.ts';
import { inspection, stats } from './inspection.ts';
import { compact, dump, salvage, verify } from './logs.ts';
import { exportLines, importLines } from './lines.ts';
import { list } from './list.ts';
import { copy, restore, snapshot } from './snapshots.ts';
import { watch } from './watch.ts';

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  get,
  set,
  remove,
  take,
  list,
  watch,
  importLines,
  exportLines,
  snapshot,
  restore,
  copy,
  stats,
  inspection,
  compact,
  verify,
  salvage,
  dump,
];
