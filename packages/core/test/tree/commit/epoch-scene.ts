// The heads of a directory by themselves, in memory.
import { MemoryBackend } from '@infinitree/core';
import type { EpochHeads } from '../../../src/backend/backend.js';
import { claimName, headIdOfEpoch } from '../../../src/crypto/own-ids.js';
import { parseHead } from '../../../src/object/head-image.js';
import { scanJournal } from '../../../src/object/journal-scan.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { EpochHeadStore } from '../../../src/tree/heads/epoch-heads.js';
import type { HeadContent, HeadPlace, PrepareHead, ReadHeads } from '../../../src/tree/heads/head-store.js';
import { EMPTY_BASE } from '../../../src/tree/records/base.js';
import { encodeCheckpoint } from '../../../src/tree/records/checkpoint.js';
import { encodeFrameBody } from '../../../src/tree/records/commit.js';
import type { HeadPosition, Snapshot } from '../../../src/tree/snapshot.js';
import { makeScene, noise } from '../../object/scene.js';

export const coded = (code: string): unknown => expect.objectContaining({ code: `INFINITREE_${code}` }) as unknown;

export const content = (sweepSequence = 0, olderHeads: number[] = []): HeadContent => ({
  checkpoint: encodeCheckpoint({
    base: EMPTY_BASE,
    tail: [],
    credentials: [],
    olderHeads,
    replaced: [],
    fork: undefined,
    dropboxes: [],
    history: undefined,
    rotation: undefined,
  }),
  writeNonce: noise(16),
  sweepSequence,
});

export const carry: PrepareHead = () => Promise.resolve(content());
/** A frame of no commits. */
export const BODY = encodeFrameBody([]);

type Verb = 'claim' | 'claims' | 'release' | 'create' | 'read' | 'append' | 'sync' | 'remove';
const WRITES: readonly string[] = ['claim', 'release', 'create', 'append', 'sync', 'remove'];

/**
 * A tree's heads; `calls` are the verbs that were called, with the place of an append. Any call may be put in the place of
 * the storage's own.
 */
export async function scene(durability: EpochHeads['durability'] = 'append') {
  const { context } = await makeScene();
  const { keys } = context;
  const memory = new MemoryBackend({ heads: 'epoch' }).heads;
  const calls: string[] = [];
  const told = <T>(verb: Verb, call: () => T, what = ''): T => {
    calls.push(`${verb}${what}`);
    return call();
  };
  const epochOf = (id: string): number =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].find((epoch) => headIdOfEpoch(keys, epoch) === id)!;
  const own: EpochHeads = {
    durability,
    claim: (...given) => told('claim', () => memory.claim(...given)),
    claims: (...given) => told('claims', () => memory.claims(...given)),
    release: (...given) => told('release', () => memory.release(...given)),
    create: (...given) => told('create', () => memory.create(...given), ` ${epochOf(given[0])}`),
    read: (...given) => told('read', () => memory.read(...given)),
    append: (...given) => told('append', () => memory.append(...given), ` ${epochOf(given[0])} ${given[1]}`),
    sync: (...given) => told('sync', () => memory.sync(...given), ` ${epochOf(given[0])}`),
    remove: (...given) => told('remove', () => memory.remove(...given), ` ${epochOf(given[0])}`),
    list: (...given) => memory.list(...given),
  };
  const heads = { ...own };
  const store = (): EpochHeadStore => new EpochHeadStore(context, new ObjectReader(context), heads);
  const writer = store();
  const id = (epoch: number) => headIdOfEpoch(keys, epoch);
  return {
    context,
    memory,
    own,
    heads,
    calls,
    store,
    writer,
    id,
    /** What was written since `calls` was emptied, in order. */
    writes: (): string[] => calls.filter((call) => WRITES.includes(call.split(' ')[0]!)),
    claim: (...epochs: number[]) => Promise.all(epochs.map((epoch) => memory.claim(claimName(keys, epoch)))),
    release: (...epochs: number[]) => memory.release(epochs.map((epoch) => claimName(keys, epoch))),
    /** Epochs that are claimed. */
    claimed: async (): Promise<number[]> => {
      const names = await memory.claims();
      return [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((epoch) => names.includes(claimName(keys, epoch)));
    },
    /** Epochs of which a head, or a fence, stands. */
    standing: async (): Promise<number[]> => {
      const found = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9].map((epoch) => memory.read(id(epoch))));
      return found.flatMap((bytes, i) => (bytes === undefined ? [] : [i + 1]));
    },
    append: (base: HeadPosition, by = writer) => by.append(base, BODY, noise(16), context.entropy.draw()),
  };
}
export type Scene = Awaited<ReturnType<typeof scene>>;

export async function newest(store: EpochHeadStore, options: ReadHeads = {}): Promise<Snapshot> {
  return (await store.newest(options))!;
}

/** A tree with a head of epoch 1. */
export async function begun(durability?: EpochHeads['durability']): Promise<Scene & { first: HeadPosition }> {
  const at = await scene(durability);
  const first = await at.writer.create(content(), {});
  at.calls.length = 0;
  return { ...at, first };
}

/** The same with frames behind the head, the last of which has no mark if that is asked for. */
export async function framed(frames = 1, marked = true): Promise<Scene & { first: HeadPosition; last: HeadPosition }> {
  const at = await begun();
  let last = at.first;
  for (let i = 0; i < frames; i++) {
    if (i === frames - 1 && !marked) loseMark(at);
    last = (await at.append(last))!;
  }
  at.heads.append = at.own.append;
  at.calls.length = 0;
  return { ...at, last };
}

/** The second append from now on, which is that of the mark, is answered and not made. */
function loseMark({ heads, own }: Scene): void {
  heads.append = async (...given) => {
    heads.append = () => Promise.resolve();
    await own.append(...given);
  };
}

/** A new head over a state, and what its content was made from. */
export async function replaced(store: EpochHeadStore, base: Snapshot, sweep = 0) {
  let seen: { readonly current: Snapshot; readonly place: HeadPlace } | undefined;
  const prepare: PrepareHead = (current, place) => {
    seen = { current, place };
    return Promise.resolve(content(sweep, [...current.care.olderHeads, current.position.epoch]));
  };
  const position = await store.replace(base, prepare, {});
  return { position, ...seen! };
}

/** A head as it stands, with its journal. */
export async function headOf({ context, memory, id }: Scene, epoch: number) {
  const bytes = (await memory.read(id(epoch)))!;
  const image = parseHead(context, id(epoch), bytes)!;
  return { image, journal: scanJournal(context, image, bytes) };
}
