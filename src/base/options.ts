/** Checks of arguments: each error names the argument, the value and what is allowed. */

/** Shows a value in an error message, briefly and without ever throwing. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : `an object (${Object.prototype.toString.call(value).slice(8, -1)})`;
    case 'function':
      return 'a function';
    default:
      return String(value);
  }
}

/**
 * Says what kind of thing a value of a user is. Values may be secret: messages tell their kind, never what they are.
 */
export function kindOf(value: unknown): string {
  if (typeof value === 'object' || typeof value === 'function') return show(value);
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

/**
 * Refuses what is no options object and names that are not allowed.
 *
 * @param what - the call, for the message
 * @throws TypeError naming the unknown option and the known ones
 */
export function checkOptions(what: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${what}: options must be an object, got ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) {
      throw new TypeError(`${what}: unknown option ${show(name)}; known are ${allowed.join(', ')}`);
    }
  }
}

/**
 * Refuses what is no safe integer in `[least, most]`.
 *
 * @throws TypeError when it is no number, RangeError when it is out of range
 */
export function checkInteger(
  what: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, got ${show(value)}`);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} must be a whole number from ${least} to ${most}, got ${value}`);
  }
  return value;
}

/**
 * Refuses what is no finite number of milliseconds in `[least, most]`; fractions are allowed.
 *
 * @throws TypeError when it is no number, RangeError when it is out of range
 */
export function checkMs(
  what: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number')
    throw new TypeError(`${what} must be a number of milliseconds, got ${show(value)}`);
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${what} must be from ${least} to ${most} milliseconds, got ${value}`);
  }
  return value;
}
