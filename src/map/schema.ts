import type { StandardSchemaV1 } from '@standard-schema/spec';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';

/**
 * The value as the validator returns it.
 *
 * @throws StoreError `INVALID_VALUE` naming the places, with the issues as its `cause`, because what
 *   validators say may quote the value; TypeError when the validator is async
 */
export function validate(map: string, schema: StandardSchemaV1, value: unknown): unknown {
  const result = attempt(map, () => schema['~standard'].validate(value));
  if (result instanceof Promise) {
    // Nobody waits for it: its failure must not become an unhandled rejection.
    result.catch(() => undefined);
    throw new TypeError(`map ${show(map)}: its schema validates asynchronously: use the async face`);
  }
  return accepted(map, result);
}

/** {@link validate}, waiting for a validator that is async. */
export async function validateAsync(map: string, schema: StandardSchemaV1, value: unknown): Promise<unknown> {
  const result = await attempt(map, () => schema['~standard'].validate(value));
  return accepted(map, result);
}

type Result = StandardSchemaV1.Result<unknown>;

/** So many places of a value are named. */
const MOST_PLACES = 5;

/** Where in a value an issue is, as in `value.users.3`. */
function placeOf(path: StandardSchemaV1.Issue['path']): string {
  return ['value', ...(path ?? []).map((step) => String(typeof step === 'object' ? step.key : step))].join(
    '.',
  );
}

/** What the validator answers; what it throws or rejects with is a refusal, too. */
function attempt(map: string, run: () => Result | Promise<Result>): Result | Promise<Result> {
  const fail = (cause: unknown): never => {
    throw new StoreError('INVALID_VALUE', `map ${show(map)}: the validator failed; see error.cause`, {
      cause,
    });
  };
  try {
    const result = run();
    return result instanceof Promise ? result.catch(fail) : result;
  } catch (error) {
    return fail(error);
  }
}

function accepted(map: string, result: Result): unknown {
  if (result.issues === undefined) return result.value;
  const places = new Set(result.issues.map(({ path }) => placeOf(path)));
  const where = `at ${[...places].slice(0, MOST_PLACES).join(', ')}${places.size > MOST_PLACES ? ', …' : ''}`;
  throw new StoreError(
    'INVALID_VALUE',
    `map ${show(map)}: the schema refuses the value ${where}; the issues are in error.cause`,
    { cause: result.issues },
  );
}
