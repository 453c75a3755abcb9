// The heads of a directory by themselves: the first one, frames behind it, and what is cleared away.

import { InfinitreeError } from '../../../src/errors.js';
import { parseHead } from '../../../src/object/head-image.js';
import { UnknownOutcome } from '../../../src/tree/heads/head-store.js';
import { noise } from '../../object/scene.js';
import {
  BODY,
  begun,
  carry,
  coded,
  content,
  framed,
  headOf,
  newest,
  replaced,
  type Scene,
  scene,
} from './epoch-scene.js';

const trouble = new Error('no disk');
const fails = (): Promise<never> => Promise.reject(trouble);

describe('the first head', () => {
  test('is written into a claimed epoch, and is the newest state', async () => {
    const at = await scene();
    expect(await at.writer.newest({})).toBeUndefined();
    const position = await at.writer.create(content(3), {});
    expect(position).toMatchObject({ id: at.id(1), epoch: 1, headSequence: 1 });
    const found = await newest(at.store());
    expect([found.position, found.care.sweepSequence]).toEqual([position, 3]);
    const image = parseHead(at.context, at.id(1), (await at.memory.read(at.id(1)))!)!;
    expect(image.header.previousHash).toEqual(new Uint8Array(32));
  });

  test('that may be there is trouble, as nothing leads to it', async () => {
    const at = await scene();
    at.heads.create = async (...given) => {
      await at.own.create(...given);
      throw trouble;
    };
    const lost = at.writer.create(content(), {});
    await expect(lost).rejects.toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true, cause: trouble });
  });

  test('rejects with what the storage said, where that is an error of ours', async () => {
    const at = await scene();
    const refusal = new InfinitreeError('ABORTED', 'enough');
    at.heads.create = async (...given) => {
      await at.own.create(...given);
      throw refusal;
    };
    await expect(at.writer.create(content(), {})).rejects.toBe(refusal);
    // Where the head is surely not there, that is so of any error.
    at.heads.create = fails;
    await expect(at.writer.create(content(), {})).rejects.toBe(trouble);
  });

  test('has to leave room for a journal', async () => {
    const at = await scene();
    const large = { ...content(), checkpoint: noise(60_000) };
    await expect(at.writer.create(large, {})).rejects.toEqual(coded('INVALID_ARGUMENT'));
    expect(await at.standing()).toEqual([]);
  });

  test('is taken back with its claims', async () => {
    const at = await framed();
    await at.claim(2);
    await at.writer.withdraw();
    expect([await at.claimed(), await at.standing()]).toEqual([[], []]);
    expect(await at.append(at.last)).toBeUndefined();
  });
});

describe('a frame', () => {
  test('is written, synced, and marked once nobody has claimed a later epoch', async () => {
    const at = await begun();
    const start = await journalStart(at);
    const second = (await at.append(at.first))!;
    expect(at.calls).toEqual([`append 1 ${start}`, 'sync 1', 'claims', `append 1 ${start + 4096}`]);
    const third = (await at.append(second))!;
    expect([second.headSequence, third.headSequence, third.epoch, third.id]).toEqual([2, 3, 1, at.id(1)]);
    const { frames, marked } = await journal(at);
    expect([frames.length, marked]).toEqual([2, true]);
    expect(frames.map(({ hash }) => hash)).toEqual([second.hash, third.hash]);
    expect((await newest(at.store())).position).toEqual(third);
  });

  test('is appended only at the end of the own journal', async () => {
    const at = await begun();
    const second = (await at.append(at.first))!;
    expect(await at.append(at.first)).toBeUndefined();
    expect(await at.append(second, at.store())).toBeUndefined();
    const draw = at.context.entropy.draw();
    expect(await at.writer.append(second, noise(300_000), noise(16), draw)).toBeUndefined();
    expect((await at.append(second))?.headSequence).toBe(3);
  });

  test('is appended as long as its mark fits behind it', async () => {
    const at = await scene();
    // The journal begins at the third page, so that seven frames and marks fill the rest to the last byte.
    let last = await at.writer.create({ ...content(), checkpoint: noise(5000) }, {});
    for (let i = 0; i < 7; i++) last = (await at.append(last))!;
    at.calls.length = 0;
    expect(await at.append(last)).toBeUndefined();
    expect(at.calls).toEqual([]);
  });

  test('is never appended where the storage is not known to keep what it promises', async () => {
    const at = await begun('object');
    expect(await at.append(at.first)).toBeUndefined();
    expect(at.calls).toEqual([]);
  });

  test.each(['append', 'sync', 'claims'] as const)(
    'is in doubt where %s fails, and the journal is over',
    async (verb) => {
      const at = await begun();
      at.heads[verb] = fails;
      const lost = at.append(at.first);
      await expect(lost).rejects.toBeInstanceOf(UnknownOutcome);
      await expect(lost).rejects.toMatchObject({ cause: trouble });
      Object.assign(at.heads, at.own);
      expect(at.calls.filter((call) => call.startsWith('append'))).toHaveLength(verb === 'append' ? 0 : 1);
      expect(await at.append(at.first)).toBeUndefined();
    },
  );

  test('is in doubt once a later epoch is claimed, and gets no mark', async () => {
    const at = await begun();
    await at.claim(2);
    const late = at.append(at.first);
    await expect(late).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(late).rejects.toMatchObject({ cause: undefined });
    expect(await journal(at)).toMatchObject({ marked: false, frames: [{ headSequence: 2 }] });
    expect(await at.append(at.first)).toBeUndefined();
  });

  test('is in doubt where its mark cannot be sealed, whatever becomes of the sync', async () => {
    const at = await begun();
    const draw = at.context.entropy.draw();
    let drawn = 0;
    const failing: typeof draw = (...given) => {
      drawn += 1;
      if (drawn === 3) throw trouble;
      return draw(...given);
    };
    at.heads.sync = () => Promise.reject(new Error('no sync either'));
    await expect(at.writer.append(at.first, BODY, noise(16), failing)).rejects.toMatchObject({ cause: trouble });
  });

  test('stands without its mark, behind which nothing is appended', async () => {
    const at = await begun();
    let appended = 0;
    at.heads.append = async (...given) => (++appended === 1 ? at.own.append(...given) : fails());
    const second = (await at.append(at.first))!;
    at.heads.append = at.own.append;
    expect([second.headSequence, (await journal(at)).marked]).toEqual([2, false]);
    expect(await at.append(second)).toBeUndefined();
    // Nor does it need a sync at the close: there is no mark.
    at.calls.length = 0;
    await at.writer.close();
    expect(at.calls).toEqual([]);
  });
});

describe('the newest state', () => {
  test('has a frame without mark that is the own one, or was shown before, once a later epoch is claimed', async () => {
    const at = await framed(2, false);
    const reader = at.store();
    expect((await newest(reader)).position.headSequence).toBe(3);
    await at.claim(2);
    for (const store of [at.writer, reader]) expect((await newest(store)).position.headSequence).toBe(3);
    expect((await newest(at.store())).position.headSequence).toBe(2);
  });

  test('has one that the expected head names', async () => {
    const at = await framed(2, false);
    await at.claim(2);
    const hex = Buffer.from(at.last.hash).toString('hex');
    const shown = async (expectHead: string): Promise<number> =>
      (await newest(at.store(), { expectHead })).position.headSequence;
    expect(await shown(`0.1.3.${hex}`)).toBe(3);
    for (const other of ['', hex.slice(1), `${hex.slice(0, -1)}g`, hex.toUpperCase(), `g${hex.slice(1)}`]) {
      expect(await shown(other)).toBe(2);
    }
  });

  test('is read of a single head, too', async () => {
    const at = await framed();
    const found = await at.writer.read(at.id(1), {});
    expect(found?.snapshot.position).toEqual(at.last);
    expect(found?.journal?.frames).toHaveLength(1);
    expect(found?.bytes).toEqual(await at.memory.read(at.id(1)));
    expect(await at.writer.read(at.id(2), {})).toBeUndefined();
  });
});

describe('what is superfluous', () => {
  /** Heads of the epochs 1, 3, 4 and 5, a fence in the place of 2, and all claims. */
  async function grown() {
    const at = await begun();
    await at.claim(2);
    let base = await newest(at.writer);
    for (let i = 0; i < 3; i++) {
      await replaced(at.writer, base);
      base = await newest(at.writer);
    }
    expect([await at.standing(), await at.claimed()]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    at.calls.length = 0;
    return { ...at, base };
  }

  test('are lower claims, fences, and all older heads but two', async () => {
    const at = await grown();
    expect(at.base.care.olderHeads).toEqual([1, 3, 4]);
    await at.writer.tidy(at.base);
    expect([await at.standing(), await at.claimed()]).toEqual([[3, 4, 5], [5]]);
    expect(at.writer.standing(at.base)).toEqual([5, 4, 3].map(at.id));
    expect(at.writer.standing({ ...at.base, care: { ...at.base.care, olderHeads: [] } })).toEqual([at.id(5)]);
  });

  test('is nothing once a later epoch is claimed', async () => {
    const at = await grown();
    await at.claim(6);
    await at.writer.tidy(at.base);
    expect(at.writes()).toEqual([]);
  });

  test('are claims alone for who asks for that, or only counts them', async () => {
    const at = await grown();
    await at.claim(7);
    expect(await at.writer.dropClaims(at.base, { dryRun: true })).toBe(4);
    expect(at.writes()).toEqual([]);
    expect(await at.writer.dropClaims(at.base, { dryRun: false })).toBe(4);
    expect([await at.standing(), await at.claimed()]).toEqual([
      [1, 2, 3, 4, 5],
      [5, 7],
    ]);
  });
});

describe('closing', () => {
  test('syncs the last mark, and nothing is appended any more', async () => {
    const at = await framed();
    await at.writer.close();
    expect(at.calls).toEqual(['sync 1']);
    expect(await at.append(at.last)).toBeUndefined();
    await at.writer.close();
    expect(at.calls).toEqual(['sync 1']);
  });

  test('has nothing to sync where no mark was written since', async () => {
    const at = await begun();
    await at.writer.close();
    expect(at.calls).toEqual([]);
    await at.store().close();
    expect(at.calls).toEqual([]);
  });

  test('passes over a sync that fails', async () => {
    const at = await framed();
    at.heads.sync = fails;
    await expect(at.writer.close()).resolves.toBeUndefined();
  });

  test('leaves alone a journal in which something failed', async () => {
    const at = await framed();
    at.heads.claims = fails;
    await expect(at.append(at.last)).rejects.toBeInstanceOf(UnknownOutcome);
    at.calls.length = 0;
    await at.writer.close();
    expect(at.calls).toEqual([]);
  });
});

async function journalStart(at: Scene): Promise<number> {
  return (await headOf(at, 1)).image.header.journalStart;
}

async function journal(at: Scene) {
  return (await headOf(at, 1)).journal;
}

test('a state that is gone is CORRUPT for who has to build upon it', async () => {
  const at = await begun();
  const base = await newest(at.writer);
  const other = at.store();
  await at.memory.remove(at.id(1));
  await expect(other.replace(base, carry, {})).rejects.toEqual(coded('CORRUPT'));
  await expect(other.settle(carry, {})).rejects.toEqual(coded('CORRUPT'));
});
