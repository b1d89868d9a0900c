/** What the process tells its caller. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  timeout: 5,
  interrupted: 130,
} as const;

/** An end of a command that is no fault of the store: its message is shown as it is. */
export class Refusal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command was typed wrongly. */
export function usage(message: string): Refusal {
  return new Refusal(EXIT.usage, message);
}

/** Says in words why a file cannot be read or written; errors of other kinds pass. */
export function fileRefusal(verb: 'read' | 'write', file: string): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error ? /^E[A-Z]+: (.*?),/.exec(error.message)?.[1] : undefined;
    throw why === undefined ? error : new Refusal(EXIT.error, `cannot ${verb} ${file}: ${why}`);
  };
}

/** What was asked for is not there. */
export function notFound(message: string): Refusal {
  return new Refusal(EXIT.notFound, message);
}
