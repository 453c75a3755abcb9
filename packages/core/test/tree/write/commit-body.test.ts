// The commit that is made of one call: its place, its id, and its changes in their order.
import { TestClock } from '@infinitree/testing';
import { concat } from '../../../src/bytes/concat.js';
import type { Draw } from '../../../src/crypto/entropy.js';
import type { StagedOp } from '../../../src/fields/delta.js';
import type { BoundField } from '../../../src/tree/bind.js';
import {
  type CommitRecord,
  decodeFrameBody,
  encodeFrameBody,
  type FieldIdentity,
} from '../../../src/tree/records/commit.js';
import type { Session } from '../../../src/tree/session.js';
import { composeCommit } from '../../../src/tree/write/compose-commit.js';
import type { Job } from '../../../src/tree/write/job.js';
import { ObjectWriters } from '../../../src/tree/write/object-writers.js';
import { makeScene, noise } from '../../object/scene.js';

const NOW = 5000;
const SALT = noise(32, 77);

interface Given {
  /** The only value of each field that was changed, by its name. */
  readonly staged?: Readonly<Record<string, unknown>>;
  readonly cleared?: boolean;
  readonly strategy?: FieldIdentity['strategy'];
  readonly message?: string;
  readonly data?: Uint8Array;
  readonly parent?: Partial<CommitRecord>;
  readonly salt?: Uint8Array;
  readonly now?: number;
  /** The name that a field was moved from. */
  readonly moved?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly silent?: boolean;
}

const identity = (name: string, strategy: FieldIdentity['strategy'] = 'local'): FieldIdentity => ({
  name,
  type: 'VersionedMap',
  strategy,
});

async function composed(given: Given = {}) {
  const { context } = await makeScene();
  const { staged = { b: 'value' }, cleared = false, moved = {}, now = NOW } = given;
  const moves = new Map<BoundField, FieldIdentity>();
  const fields = Object.entries(staged).map(([name, value]) => {
    const ops = new Map<number, StagedOp>([[1, { kind: 'value', value, depends: false }]]);
    const store = { written: () => ({ cleared, ops }), keeping: {} };
    const bound = { property: name, identity: identity(name, given.strategy), store } as unknown as BoundField;
    if (moved[name] !== undefined) moves.set(bound, identity(moved[name]));
    return { bound, delta: undefined };
  });
  const drawn: Uint8Array[] = [];
  const draw: Draw = (...parts) => {
    drawn.push(concat(...parts));
    return given.salt ?? SALT;
  };
  const progress: number[] = [];
  const onProgress = ({ done }: { done: number }): void => void progress.push(done);
  const { message = 'm', data } = given;
  const job = {
    staged: fields,
    options: { message, data, onProgress: given.silent === true ? undefined : onProgress },
  } as unknown as Job;
  const session = { context, environment: { clock: new TestClock(now) }, moves } as unknown as Session;
  const objects = new ObjectWriters(context, {});
  await objects.index.write(0, noise(20_000));
  const parent = given.parent as CommitRecord | undefined;
  const body = await composeCommit(session, objects, draw, job, parent, given.signal);
  return { body, commit: body.commit, drawn, progress };
}

test('the first commit has no parent, and the time of the clock', async () => {
  const { commit, body } = await composed({ now: 5000.7 });
  expect(commit).toMatchObject({ sequence: 1, parent: undefined, time: 5000, message: 'm', data: undefined });
  expect(commit.nonce).toEqual(SALT.slice(0, 16));
  expect(commit.id).toHaveLength(32);
  const [read] = decodeFrameBody(encodeFrameBody([body]));
  expect(read?.commit).toEqual(commit);
});

test('a later one follows its parent, also where the clock was set back', async () => {
  const parent = { id: noise(32, 3), sequence: 6, time: NOW + 100 };
  const { commit } = await composed({ parent, data: noise(4) });
  expect(commit).toMatchObject({ sequence: 7, parent: parent.id, time: NOW + 100, data: noise(4) });
  expect((await composed({ parent: { ...parent, time: NOW - 1 } })).commit.time).toBe(NOW);
});

test('changes come in the order of their names, each old name of a moved field with none', async () => {
  const { body } = await composed({ staged: { b: 1, d: 2, a: 3 }, moved: { b: 'c' } });
  expect(body.changes.map(({ field }) => field.name)).toEqual(['a', 'b', 'c', 'd']);
  expect(body.changes[2]).toEqual({ field: identity('c'), cleared: true, inline: undefined, run: undefined });
});

test('the id says what was committed, down to the last byte', async () => {
  const parent = { id: noise(32, 3), sequence: 6, time: 1 };
  const variants: Given[] = [
    {},
    { staged: { b: 'other' } },
    { staged: { c: 'value' } },
    { cleared: true },
    { strategy: 'sparse' },
    { message: 'n' },
    { data: noise(4) },
    { message: '', data: new TextEncoder().encode('m') },
    { salt: noise(32, 78) },
    { now: NOW + 1 },
    { parent },
    { parent: { ...parent, id: noise(32, 4) } },
    { parent: { ...parent, sequence: 7 } },
  ];
  const ids: string[] = [];
  for (const given of variants) ids.push(Buffer.from((await composed(given)).commit.id).toString('hex'));
  expect(new Set(ids).size).toBe(variants.length);
  expect(Buffer.from((await composed()).commit.id).toString('hex')).toBe(ids[0]);
});

test('its salt is hedged with all that it holds', async () => {
  const [one, other] = [await composed(), await composed({ staged: { b: 'other' } })];
  expect(one.drawn).toHaveLength(1);
  expect(one.drawn[0]!.length).toBeGreaterThan(32);
  expect(one.drawn[0]).not.toEqual(other.drawn[0]);
});

test('what does not fit into a frame is told of as it is written, and can be given up', async () => {
  const value = Buffer.from(noise(20_000)).toString('latin1');
  const { progress, body } = await composed({ staged: { b: value } });
  expect(body.changes[0]!.run?.run.count).toBe(1);
  // What was written before is not of this commit.
  expect(progress.at(-1)).toBeGreaterThan(20_000);
  expect(progress.at(-1)).toBeLessThan(45_000);
  expect((await composed({ staged: { b: value }, silent: true })).body.changes[0]!.run?.run.count).toBe(1);
  await expect(composed({ staged: { b: value }, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'INFINITREE_ABORTED',
    message: expect.stringContaining('The commit') as string,
  });
  // As much as an eighth of an object rides in the frame.
  expect((await composed({ staged: { b: noise(8000) } })).body.changes[0]!.inline).toBeDefined();
  expect((await composed({ staged: { b: noise(8200) } })).body.changes[0]!.inline).toBeUndefined();
});
