// The claims of one tree among those of others: who claims an epoch, and what is let go of.
import { MemoryBackend } from '@infinitree/core';
import type { EpochHeads } from '../../../src/backend/backend.js';
import { claimName, headIdOfEpoch } from '../../../src/crypto/own-ids.js';
import { Claims } from '../../../src/tree/heads/claims.js';
import { makeScene } from '../../object/scene.js';

const conflict = expect.objectContaining({ code: 'INFINITREE_CONFLICT' }) as unknown;

async function scene() {
  const { keys } = (await makeScene()).context;
  const others = (await makeScene({ seed: 2 })).context.keys;
  const memory = new MemoryBackend({ heads: 'epoch' }).heads;
  const heads: EpochHeads = {
    durability: 'append',
    claim: (...given) => memory.claim(...given),
    claims: (...given) => memory.claims(...given),
    release: (...given) => memory.release(...given),
    create: (...given) => memory.create(...given),
    read: (...given) => memory.read(...given),
    append: (...given) => memory.append(...given),
    sync: (...given) => memory.sync(...given),
    remove: (...given) => memory.remove(...given),
    list: (...given) => memory.list(...given),
  };
  const claim = async (...epochs: number[]) => {
    for (const epoch of epochs) await memory.claim(claimName(keys, epoch));
  };
  // `toStrictEqual` below, as `toEqual` lets an array end in `undefined`.
  const head = (epoch: number, of = keys) => memory.create(headIdOfEpoch(of, epoch), new Uint8Array(65_536));
  await memory.claim(claimName(others, 900));
  await head(901, others);
  return { keys, memory, heads, claim, head, claims: new Claims(keys, heads) };
}

test('are those of this tree alone, highest first', async () => {
  const { claims, claim } = await scene();
  expect([await claims.epochs({}), await claims.highest({})]).toStrictEqual([[], 0]);
  await claim(9, 10, 2);
  expect([await claims.epochs({}), await claims.highest({})]).toStrictEqual([[10, 9, 2], 10]);
  await claim(11);
  expect(await claims.epochs({})).toStrictEqual([11, 10, 9, 2]);
});

test('are listed anew at each call, however few of them have changed', async () => {
  const { claims, claim, memory, keys } = await scene();
  const release = (epoch: number) => memory.release([claimName(keys, epoch)]);
  await claim(2, 9);
  expect(await claims.epochs({})).toStrictEqual([9, 2]);
  await release(9);
  await claim(11);
  expect(await claims.epochs({})).toStrictEqual([11, 2]);
  await release(11);
  expect(await claims.epochs({})).toStrictEqual([2]);
  await claim(12);
  expect(await claims.epochs({})).toStrictEqual([12, 2]);
});

test('the next one is above all there are, and above what is asked for', async () => {
  const { claims, claim } = await scene();
  expect(await claims.claim(0, {})).toBe(1);
  expect(await claims.claim(0, {})).toBe(2);
  expect(await claims.claim(7, {})).toBe(8);
  await claim(20);
  expect(await claims.claim(7, {})).toBe(21);
  expect(await claims.epochs({})).toStrictEqual([21, 20, 8, 2, 1]);
});

test('where none is found, heads tell which epochs there were', async () => {
  const { claims, claim, head } = await scene();
  await head(9);
  await head(30);
  expect([await claims.listed({}), await claims.candidates({})]).toStrictEqual([
    [30, 9],
    [30, 9],
  ]);
  expect(await claims.claim(0, {})).toBe(31);
  expect(await claims.candidates({})).toStrictEqual([31]);
  await claim(32);
  expect([await claims.candidates({}), await claims.listed({})]).toStrictEqual([
    [32, 31],
    [30, 9],
  ]);
});

test('who is not first, or is overtaken before looking again, has lost', async () => {
  const { claims, claim, heads, memory } = await scene();
  heads.claim = () => Promise.resolve(false);
  await expect(claims.claim(0, {})).rejects.toEqual(conflict);
  heads.claim = async (name, options) => {
    const won = await memory.claim(name, options);
    await claim(5);
    return won;
  };
  await expect(claims.claim(0, {})).rejects.toEqual(conflict);
});

test('below a head with an epoch are let go of, and nothing else is', async () => {
  const { claims, claim } = await scene();
  await claim(3, 4, 5, 6);
  expect(await claims.releaseBelow(5, {})).toStrictEqual([4, 3]);
  expect(await claims.epochs({})).toStrictEqual([6, 5]);
  expect(await claims.releaseBelow(5, {})).toStrictEqual([]);
});

test('have the names and heads that the format gives them', async () => {
  const { claims, keys } = await scene();
  expect([claims.name(3), claims.headId(3)]).toStrictEqual([claimName(keys, 3), headIdOfEpoch(keys, 3)]);
});
