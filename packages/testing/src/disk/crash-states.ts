import type { DiskImage } from './disk-image.js';
import { type DiskOperation, type Effect, effectsOf, syncs } from './disk-operation.js';

/** What a power cut may leave on a disk. */
export interface CrashState {
  /** How many operations had ended. */
  readonly boundary: number;
  /** Tells the states of one boundary apart. */
  readonly variant: number;
  /** What of that which was not synced is on the disk, in words. */
  readonly survived: string;
  /** The write that was torn, if one was. */
  readonly torn: TornWrite | undefined;
  /** Made anew at each call. */
  image(): DiskImage;
}

/** A write of which the first bytes are on the disk. */
export interface TornWrite {
  readonly path: string;
  /** Where it was to be written, and how long. */
  readonly offset: number;
  readonly length: number;
  /** How much of it survived. */
  readonly bytes: number;
}

export interface CrashOptions {
  /** Operations of which nothing is lost, so that there is room for more combinations of others. Default: none. */
  readonly certain?: (operation: DiskOperation) => boolean;
}

/** Up to that many changes on their way are lost in all combinations. */
const MOST_COMBINED = 6;

/** An effect that was not synced yet. */
interface Pending {
  readonly effect: Effect;
  /** The operation it came with, and the number of that. */
  readonly operation: DiskOperation;
  readonly serial: number;
  /** Whether a later operation took it back: a program does not see it, and a cut may bring it to light. */
  readonly undone: boolean;
}

/** Which effects are on the disk, and how much of the last write. */
interface Survivors {
  readonly pending: readonly Pending[];
  readonly torn?: Pending & { readonly bytes: number };
}

/**
 * Every state that a power cut behind any of these operations may leave. What was synced is there. What was not synced
 * may be there or not, each change for itself: up to six of them in all combinations; of more, none, all, each one and each
 * two. Besides, the last write may be torn: at 1, 511 and 512 bytes, in the middle, and before its last byte, in a
 * file of the new length or of one that ends there.
 */
export function* crashStates(
  initial: DiskImage,
  operations: readonly DiskOperation[],
  { certain = () => false }: CrashOptions = {},
): Generator<CrashState> {
  const durable = initial.copy();
  let pending: readonly Pending[] = [];
  // A copy each time: states may be looked at later.
  yield* statesAt(0, durable.copy(), pending);
  for (const [i, operation] of operations.entries()) {
    const serial = i + 1;
    durable.allocate(operation);
    for (const { effect, serial: earlier, undone } of pending) {
      if (!undone && syncs(operation, effect)) durable.apply(effect, String(earlier));
    }
    pending = pending.filter(({ effect }) => !syncs(operation, effect));
    for (const effect of effectsOf(operation)) {
      if (certain(operation)) durable.apply(effect, String(serial));
      else pending = arrive(pending, { effect, operation, serial, undone: false });
    }
    yield* statesAt(serial, durable.copy(), pending);
  }
}

/** A name that was made and taken away again, neither of them synced, is one change: it may be there. */
function arrive(pending: readonly Pending[], next: Pending): Pending[] {
  const { effect } = next;
  const made = pending.findLast((before) => sameName(before.effect, effect));
  const takenBack = effect.kind === 'name' && effect.node === undefined && made !== undefined && !made.undone;
  if (!takenBack || pending.some((before) => before !== made && sameName(before.effect, effect)))
    return [...pending, next];
  return pending.map((before) => (before === made ? { ...made, undone: true } : before));
}

function sameName(a: Effect, b: Effect): boolean {
  return a.kind === 'name' && b.kind === 'name' && a.on === b.on && a.name === b.name;
}

function* statesAt(boundary: number, durable: DiskImage, pending: readonly Pending[]): Generator<CrashState> {
  let variant = 0;
  for (const survivors of [...choices(pending), ...tornWrites(pending)]) {
    yield {
      boundary,
      variant: variant++,
      get survived() {
        return describe(survivors, pending.length);
      },
      torn: tornIn(survivors),
      image: () => imageOf(durable, survivors),
    };
  }
}

function* choices(pending: readonly Pending[]): Generator<Survivors> {
  if (pending.length <= MOST_COMBINED) {
    for (let set = 0; set < 2 ** pending.length; set++) yield { pending: pending.filter((_, i) => (set >> i) & 1) };
    return;
  }
  yield { pending: [] };
  yield { pending: pending.filter(({ undone }) => !undone) };
  for (const [i, one] of pending.entries()) {
    yield { pending: [one] };
    for (const other of pending.slice(i + 1)) yield { pending: [one, other] };
  }
}

function* tornWrites(pending: readonly Pending[]): Generator<Survivors> {
  const last = pending.findLast(({ effect }) => effect.kind === 'data');
  if (last?.effect.kind !== 'data') return;
  const { length } = last.effect.bytes;
  const sizes = new Set([1, 511, 512, Math.floor(length / 2), length - 1].filter((size) => size > 0 && size < length));
  const others = pending.filter((other) => other !== last && !other.undone);
  const withoutLength = others.filter(({ effect }) => effect.kind !== 'length' || effect.on !== last.effect.on);
  for (const bytes of sizes) {
    yield { pending: others, torn: { ...last, bytes } };
    if (withoutLength.length < others.length) yield { pending: withoutLength, torn: { ...last, bytes } };
    yield { pending: [], torn: { ...last, bytes } };
  }
}

function tornIn({ torn }: Survivors): TornWrite | undefined {
  if (torn?.effect.kind !== 'data') return undefined;
  const { offset, bytes } = torn.effect;
  return { path: torn.operation.path, offset, length: bytes.length, bytes: torn.bytes };
}

function imageOf(durable: DiskImage, { pending, torn }: Survivors): DiskImage {
  const image = durable.copy();
  for (const { effect, serial } of pending) image.apply(effect, String(serial));
  if (torn?.effect.kind !== 'data') return image;
  const { on, offset } = torn.effect;
  const serial = `${torn.serial}/${torn.bytes}`;
  image.apply({ kind: 'length', on, length: offset + torn.bytes }, serial);
  image.apply({ ...torn.effect, bytes: torn.effect.bytes.subarray(0, torn.bytes) }, serial);
  return image;
}

function describe({ pending, torn }: Survivors, all: number): string {
  const parts = pending.map(
    ({ effect, operation, serial }) => `${effect.kind} of ${operation.kind} ${serial} ${operation.path}`,
  );
  if (torn !== undefined) parts.push(`${torn.bytes} bytes of write ${torn.serial} ${torn.operation.path}`);
  return `${parts.length} of ${all} unsynced changes${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}
