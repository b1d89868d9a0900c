import type { DeleteCondition, WriteCondition } from '../contract/calls.ts';
import type { Command } from './command.ts';
import type { World } from './command-world.ts';

/** The condition in numbers: of the model, and of the store. */
export function conditionsOf(
  world: World,
  command: Command,
): { readonly model: WriteCondition<unknown>; readonly real: WriteCondition<unknown> } | undefined {
  const { condition, map, key } = command;
  if (condition === undefined) return undefined;
  const both = (one: WriteCondition<unknown>) => ({ model: one, real: one });
  switch (condition.is) {
    case 'absent':
      return both({ ifAbsent: true });
    case 'present':
      return both({ ifPresent: true });
    case 'value':
      return both({ ifValue: condition.value });
    case 'newer':
      return both({ ifNewer: condition.stamp });
    case 'current':
    case 'stale':
    case 'invented': {
      const version = world.versionFor(condition.is, map, key);
      return { model: { ifVersion: version.model }, real: { ifVersion: version.real } };
    }
  }
}

/** {@link conditionsOf} a delete, which knows no `ifAbsent` and no version 0. */
export function deleteConditionsOf(
  world: World,
  command: Command,
): { readonly model: DeleteCondition<unknown>; readonly real: DeleteCondition<unknown> } | undefined {
  const found = conditionsOf(world, command);
  if (found === undefined || found.model.ifAbsent || found.model.ifVersion === 0) return undefined;
  // SAFETY: the one condition that deletes do not have was ruled out.
  return found as { model: DeleteCondition<unknown>; real: DeleteCondition<unknown> };
}
