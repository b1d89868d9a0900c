import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Stored } from '../contract/core.ts';

/**
 * A value of an older shape, made one of shape `want` step by step.
 *
 * @throws StoreError `FORMAT` for a higher shape or a missing step, `CODEC` for a step that throws
 */
export function upgraded(
  value: unknown,
  { key, shape: written = 0 }: Pick<Stored, 'key' | 'shape'>,
  map: string,
  want: number,
  upgrade: Readonly<Record<number, (value: unknown) => unknown>> | undefined,
): unknown {
  const where = `map ${show(map)}, key ${show(key)}`;
  if (written > want) {
    throw new StoreError('FORMAT', `${where}: written with shape ${written}, this handle knows ${want}`);
  }
  let next = value;
  for (let shape = written; shape < want; shape++) {
    const step = upgrade?.[shape];
    if (step === undefined) {
      throw new StoreError(
        'FORMAT',
        `${where}: written with shape ${written}, no upgrade[${shape}] to ${want}`,
      );
    }
    try {
      next = step(next);
    } catch (cause) {
      throw new StoreError('CODEC', `${where}: upgrade[${shape}] failed; see error.cause`, { cause });
    }
  }
  if (next !== undefined) return next;
  throw new StoreError('CODEC', `${where}: upgrade to shape ${want} returned undefined`);
}
