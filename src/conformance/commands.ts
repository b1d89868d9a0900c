import type { Command, CommandWord } from './command.ts';
import { words } from './command-words.ts';
import type { World } from './command-world.ts';

export type { Command } from './command.ts';
export { World } from './command-world.ts';

/** All words that commands have. */
// SAFETY: the keys of a record of all words.
export const COMMAND_WORDS: readonly CommandWord[] = Object.keys(words) as CommandWord[];

/**
 * Runs one command on the store and on the model, and compares what they answer.
 *
 * @throws AssertionError when the answers differ
 */
export async function runCommand(world: World, command: Command): Promise<void> {
  await words[command.word](world, command);
}
