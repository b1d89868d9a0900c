import cliProgress from 'cli-progress';
import { wantsColour, type World } from './world.ts';

/** Work that is done sooner shows nothing. */
const SHOW_AFTER_MS = 300;

/** Shows on a terminal how far long work is. */
export interface Progress {
  /** @param total - left out: unknown */
  update(done: number, total?: number): void;
  /** Takes the bar away. Must be called. */
  stop(): void;
}

/**
 * Begins to show progress on standard error, if that is a terminal.
 *
 * @param label - what is done: `importing`
 * @param unit - what is counted: `entries`
 */
export function progressOf(world: World, label: string, unit: string): Progress {
  if (world.stderr.isTTY !== true) return { update: () => {}, stop: () => {} };
  const startedAt = world.now();
  let bar: cliProgress.SingleBar | undefined;
  return {
    update(done, total) {
      if (bar === undefined && world.now() - startedAt < SHOW_AFTER_MS) return;
      if (bar === undefined) {
        bar = new cliProgress.SingleBar({
          stream: world.stderr,
          format: formatOf(label, unit, total, wantsColour(world.stderr, world.env)),
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 30,
          clearOnComplete: true,
          hideCursor: true,
          gracefulExit: false,
          formatValue: (value, _options, type) =>
            type === 'value' || type === 'total' ? value.toLocaleString('en-US') : String(value),
        });
        bar.start(total ?? Infinity, done);
      }
      if (total !== undefined) bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar?.stop(),
  };
}

function formatOf(label: string, unit: string, total: number | undefined, colour: boolean): string {
  if (total === undefined) return `${label}  {value} ${unit}  {duration_formatted}`;
  const bar = colour ? '\x1b[36m{bar}\x1b[0m' : '{bar}';
  return `${label}  ${bar}  {percentage}%  {value} of {total} ${unit}  {eta_formatted} left`;
}
