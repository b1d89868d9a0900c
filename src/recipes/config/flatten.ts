import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';

/**
 * Names and values of an object: objects in it become names with dots, unless their own name is a whole.
 *
 * @param isWhole - whether what has this name is one value
 * @throws StoreError `INVALID_VALUE` for what is no object, and for a name that comes twice
 */
export function flatten(values: unknown, isWhole: (name: string) => boolean): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const enter = (prefix: string, of: object): void => {
    for (const [key, value] of Object.entries(of)) {
      const name = prefix + key;
      if (isPlain(value) && !isWhole(name)) enter(`${name}.`, value);
      else if (found.has(name)) throw new StoreError('INVALID_VALUE', `config: ${show(name)} comes twice`);
      else if (value !== undefined) found.set(name, value);
    }
  };
  if (!isPlain(values)) throw new StoreError('INVALID_VALUE', 'config: what is loaded must be an object');
  enter('', values);
  return found;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Reads JSON.
 *
 * @throws StoreError `INVALID_VALUE` saying where it ends to be JSON, and nothing of what it says
 */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    const line = at === undefined ? '' : `, line ${text.slice(0, Number(at)).split('\n').length}`;
    // The engine's own message quotes the text, which may hold secrets.
    throw new StoreError('INVALID_VALUE', `config: ${show(file)} is no JSON${line}`);
  }
}
