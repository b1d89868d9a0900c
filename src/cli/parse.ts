import { Command, CommanderError, Option } from 'commander';
import { nameOf, type CommandSpec, type Globals } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { EXIT, usage } from './exit.ts';
import { examplesText, HELP } from './help.ts';
import { durationOf, wholeOf } from './options.ts';
import type { World } from './world.ts';

/** A command line, understood. */
export interface Chosen {
  readonly spec: CommandSpec;
  readonly options: Globals;
  readonly args: readonly unknown[];
}

/**
 * Understands a command line. Help and version are printed here.
 *
 * @param argv - what follows the program's name
 * @returns the command to run, or the exit code when there is nothing left to do
 * @throws Refusal when it cannot be understood
 */
export function parse(argv: readonly string[], world: World, version: string): Chosen | number {
  let chosen: Chosen | undefined;
  const program = programOf(world, version, (found) => (chosen = found));
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander shows the help itself; what else it has to say is an error of usage.
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code === 'commander.help') return EXIT.usage;
    const command = COMMANDS.map(nameOf).find((name) => argv.includes(name));
    const page = command === undefined ? 'samemap --help' : `samemap ${command} --help`;
    throw usage(`${error.message.replace(/^error: /, '').replace(/\.$/, '')}; see ${page}`);
  }
  return chosen ?? EXIT.usage;
}

function programOf(world: World, version: string, choose: (chosen: Chosen) => void): Command {
  const widthOf = (columns: number | undefined): number => Math.min(columns ?? 80, 100);
  const program = new Command('samemap')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => widthOf(world.stdout.columns),
      getErrHelpWidth: () => widthOf(world.stderr.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const option of GLOBAL_OPTIONS) program.addOption(option);
  for (const spec of COMMANDS) addCommand(program, spec, choose);
  return program;
}

const GLOBAL_OPTIONS: readonly Option[] = [
  new Option('--url <url>', 'the store; SAMEMAP_URL unless said'),
  new Option('-w, --write-out <format>', 'simple, json or table').choices(['simple', 'json', 'table']),
  new Option('--wait-ms <ms>', 'wait for another process to let go of the store').argParser(wholeOf),
  new Option('--timeout <time>', 'the most that a call of the store may take: 10s').argParser(durationOf),
  new Option('--verbose', 'with an error, print what lies behind it'),
];

function addCommand(program: Command, spec: CommandSpec, choose: (chosen: Chosen) => void): void {
  const about = `${spec.summary[0]?.toUpperCase()}${spec.summary.slice(1)}.`;
  const command = program
    .command(spec.usage)
    .summary(spec.summary)
    .description(spec.details === undefined ? about : `${about}\n\n${spec.details}`)
    .addHelpText('after', examplesText(spec.examples));
  for (const option of spec.options ?? []) command.addOption(option);
  command.action(() => {
    choose({ spec, options: command.optsWithGlobals(), args: command.processedArgs });
  });
}
