import { Help, type Command, type HelpConfiguration } from 'commander';
import type { CommandSpec } from './command.ts';

const ABOUT = `Read and write the maps of a store. The store is given by --url, or by SAMEMAP_URL in the environment: a folder such as ./data, log:DIR, lmdb:DIR or etcd://HOST:PORT/PREFIX.`;

const EXAMPLES: CommandSpec['examples'] = [
  ['export SAMEMAP_URL=./data', ''],
  [`samemap set users ada '{"name":"Ada"}'`, 'values are JSON; --text for plain text'],
  ['samemap get users ada', ''],
  ['samemap list users --prefix a -w table', ''],
  ['samemap watch users --start current', 'until Ctrl-C'],
];

const EXIT_CODES = '0 done, 1 error, 2 wrong usage, 3 not found, 4 conflict, 5 timeout, 130 interrupted';

/** How help looks: that of a single command as commander writes it, the overview in an order of its own. */
export const HELP: HelpConfiguration = {
  showGlobalOptions: true,
  visibleGlobalOptions: (command) =>
    Object.assign(new Help(), { showGlobalOptions: true })
      .visibleGlobalOptions(command)
      .filter(({ long }) => long !== '--version'),
  subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
  optionDescription: ({ description }) => description,
  formatHelp(command, helper) {
    if (command.parent !== null) return Help.prototype.formatHelp.call(helper, command, helper);
    const width = helper.helpWidth ?? 80;
    const column = helper.padWidth(command, helper);
    const item = (term: string, text: string): string => helper.formatItem(term, column, text, helper);
    const sections = [
      `Usage: ${helper.commandUsage(command)}\n`,
      `${helper.boxWrap(ABOUT, width)}\n`,
      'Commands:',
      ...helper
        .visibleCommands(command)
        .map((each) => item(helper.subcommandTerm(each), helper.subcommandDescription(each))),
      '\nOptions, for every command:',
      ...helper
        .visibleOptions(command)
        .map((each) => item(helper.optionTerm(each), helper.optionDescription(each))),
      examplesText(EXAMPLES),
      '\nExit codes:',
      ...helper
        .boxWrap(EXIT_CODES, width - 2)
        .split('\n')
        .map((line) => `  ${line}`),
    ];
    return `${sections.join('\n')}\n`;
  },
};

/** The end of a help page: what to type, and what it does. */
export function examplesText(examples: CommandSpec['examples']): string {
  const column = Math.max(...examples.filter(([, effect]) => effect !== '').map(([line]) => line.length));
  const lines = examples.map(([line, effect]) => `  ${line.padEnd(column)}   ${effect}`.trimEnd());
  return `\nExamples:\n${lines.join('\n')}`;
}

function argumentTerm(argument: Command['registeredArguments'][number]): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}
