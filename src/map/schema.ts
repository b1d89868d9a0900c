import type { StandardSchemaV1 } from '@standard-schema/spec';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';

/**
 * The value as the validator returns it.
 *
 * @throws StoreError `INVALID_VALUE` naming the issues; TypeError when the validator is async
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

/** What the validator answers; what it throws or rejects with is a refusal, too. */
function attempt(map: string, run: () => Result | Promise<Result>): Result | Promise<Result> {
  const fail = (cause: unknown): never => {
    throw new StoreError('INVALID_VALUE', `map ${show(map)}: the validator failed: ${String(cause)}`, {
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
  const issues = result.issues.map(({ message, path }) => {
    const at = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
    return at === '' ? message : `${at}: ${message}`;
  });
  throw new StoreError('INVALID_VALUE', `map ${show(map)}: value refused: ${issues.join('; ')}`, {
    cause: result.issues,
  });
}
