import type { CallOptions } from '../../contract/calls.ts';
import type { AsyncCore, Reply, SyncCore } from '../../contract/core.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import { limited } from '../call-limits.ts';
import type { Call } from '../call-limits.ts';
import type { MapContext } from '../context.ts';
import { engineState } from '../engine-state.ts';
import type { Ask, Host, Phrase } from './phrase.ts';

const validatedNow: Host['validated'] = (context, value) => context.encode(value);
const validatedLater: Host['validated'] = (context, value) => context.encodeAsync(value);

/** Runs a phrase to its end without leaving the stack. */
export function runSync<T>(context: MapContext, core: SyncCore, phrase: Phrase<T>): T {
  const host: Host = { core, validated: validatedNow };
  let step = phrase.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = step.value.run(host, localId(context, step.value));
    } catch (error) {
      step = phrase.throw(error);
      continue;
    }
    step = phrase.next(answer);
  }
  return step.value;
}

/**
 * Runs a phrase on any engine, under a signal and a deadline, and until what it wrote is durable. On an
 * engine that answers at once everything up to the first validator that is async happens before this returns.
 *
 * @param core - what answers in the place of an engine that answers later; what the map's options say unless given
 */
export function runAsync<T>(
  context: MapContext,
  what: string,
  phrase: Phrase<T>,
  options: CallOptions | undefined,
  core?: AsyncCore,
): Promise<T> {
  return limited(what, options, context.engine.clock, (call) => drive(context, phrase, call, core));
}

/**
 * {@link runAsync} for words that begin again when somebody wrote in between: where they have to wait in
 * the middle, those of one key run one after the other instead of getting into each other's way.
 */
export function runQueued<T>(
  context: MapContext,
  what: string,
  key: string,
  phrase: Phrase<T>,
  options: CallOptions | undefined,
): Promise<T> {
  const { engine } = context;
  if (engine.form === 'sync' && !context.validates) return runAsync(context, what, phrase, options);
  const { updates } = engineState(engine);
  return limited(what, options, engine.clock, (call) =>
    updates.run(`${context.name}\0${key}`, () => drive(context, phrase, call)),
  );
}

/** Runs a phrase as part of an async call; `core` may stand before an engine that answers later. */
export function drive<T>(
  context: MapContext,
  phrase: Phrase<T>,
  call: Call,
  core: AsyncCore | undefined = context.remote?.core,
): Promise<T> {
  const { engine } = context;
  return engine.form === 'sync'
    ? runLocal(context, engine, phrase, call)
    : runRemote(context, core ?? engine.core, phrase, call);
}

async function runLocal<T>(
  context: MapContext,
  engine: SyncEngine,
  phrase: Phrase<T>,
  call: Call,
): Promise<T> {
  const host: Host = { core: engine.core, validated: validatedLater };
  let acceptedAt = 0;
  let step = phrase.next();
  while (step.done !== true) {
    const { kind, run } = step.value;
    let answer: unknown;
    try {
      if (asksCore(step.value)) {
        for (let free: Promise<void> | undefined; ; await free) {
          call.check();
          try {
            answer = run(host, localId(context, step.value));
            break;
          } catch (error) {
            free = engine.retry?.(error);
            if (free === undefined) throw error;
          }
        }
        if (kind === 'write' && wasAccepted(answer)) {
          acceptedAt = answer.at;
          call.accepted = true;
        }
      } else {
        // A core that answers at once uses its replies again: nothing but this may wait.
        answer = run(host, 0);
        if (answer instanceof Promise) answer = await (answer as Promise<unknown>);
      }
    } catch (error) {
      step = phrase.throw(error);
      continue;
    }
    step = phrase.next(answer);
  }
  if (acceptedAt !== 0 && engine.durable !== undefined) await engine.durable(acceptedAt);
  return step.value;
}

async function runRemote<T>(context: MapContext, core: AsyncCore, phrase: Phrase<T>, call: Call): Promise<T> {
  const host: Host = { core, validated: validatedLater };
  let step = phrase.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = await askRemote(context, host, step.value, call);
    } catch (error) {
      step = phrase.throw(error);
      continue;
    }
    step = phrase.next(answer);
  }
  return step.value;
}

async function askRemote(context: MapContext, host: Host, { kind, run }: Ask, call: Call): Promise<unknown> {
  if (kind === 'work' || kind === 'cleanup') return await run(host, 0);
  if (kind === 'read') {
    call.check();
    return await run(host, await context.idAsync());
  }
  const id = await context.writeIdAsync();
  call.check();
  call.pending++;
  try {
    const answer = await run(host, id);
    if (wasAccepted(answer)) call.accepted = true;
    return answer;
  } finally {
    call.pending--;
  }
}

/** Also finds out whether the map is still open, which what ran in between may have changed. */
function localId(context: MapContext, { kind }: Ask): number {
  if (kind === 'write') return context.writeId();
  return kind === 'read' ? context.id() : 0;
}

function asksCore({ kind }: Ask): boolean {
  return kind === 'read' || kind === 'write';
}

/** Answers of writes; those of `clear` have no `ok` and are always carried out. */
function wasAccepted(answer: unknown): answer is Pick<Reply, 'at'> {
  return typeof answer === 'object' && answer !== null && Reflect.get(answer, 'ok') !== false;
}
