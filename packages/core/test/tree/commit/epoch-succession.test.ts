// The heads of a directory by themselves: a new one over what is found.

import { buildHead } from '../../../src/object/head-image.js';
import { buildFence, isFence } from '../../../src/tree/heads/fence.js';
import { UnknownOutcome } from '../../../src/tree/heads/head-store.js';
import { noise } from '../../object/scene.js';
import { begun, carry, coded, content, framed, headOf, newest, replaced, type Scene } from './epoch-scene.js';

const trouble = new Error('no disk');
const fails = (): Promise<never> => Promise.reject(trouble);

describe('a new head over the own journal', () => {
  test('comes after the mark is synced, and needs no reading', async () => {
    const at = await framed(2);
    const base = await newest(at.writer);
    at.calls.length = 0;
    const { position, current, place } = await replaced(at.writer, base, 5);
    expect(current).toBe(base);
    expect(place).toEqual({ epoch: 2, headSequence: 4, secured: true });
    expect(at.calls).toEqual(['sync 1', 'claims', 'claim', 'claims', 'claims', 'create 2', 'claims']);
    expect(position).toMatchObject({ id: at.id(2), epoch: 2, headSequence: 4 });
    expect((await headOf(at, 2)).image.header.previousHash).toEqual(at.last.hash);
    expect((await newest(at.store())).care.sweepSequence).toBe(5);
  });

  test('has nothing to sync where no frame was appended', async () => {
    const at = await begun();
    const base = await newest(at.writer);
    at.calls.length = 0;
    await replaced(at.writer, base);
    await replaced(at.writer, await newest(at.writer));
    expect(at.calls.filter((call) => call.startsWith('sync'))).toEqual([]);
    expect((await headOf(at, 3)).image.header.headSequence).toBe(3);
  });

  test('is one that frames are appended to', async () => {
    const at = await framed();
    const { position } = await replaced(at.writer, await newest(at.writer));
    expect(await at.append(at.last)).toBeUndefined();
    expect(await at.append(position)).toMatchObject({ epoch: 2, headSequence: position.headSequence + 1 });
  });

  test('is not begun where the mark cannot be synced, and carries what was there when tried again', async () => {
    const at = await framed();
    const base = await newest(at.writer);
    at.heads.sync = fails;
    await expect(replaced(at.writer, base)).rejects.toBe(trouble);
    expect(await at.claimed()).toEqual([1]);
    at.heads.sync = at.own.sync;
    at.calls.length = 0;
    const { current, place } = await replaced(at.writer, base);
    expect([current === base, place.secured]).toEqual([true, false]);
    expect(at.writes()).toEqual(['claim', 'create 2']);
  });

  test('has the mark synced once, also where its claim then fails', async () => {
    const at = await framed();
    const base = await newest(at.writer);
    at.calls.length = 0;
    at.heads.claim = fails;
    await expect(replaced(at.writer, base)).rejects.toBe(trouble);
    await at.writer.close();
    expect(at.writes()).toEqual(['sync 1']);
  });

  test('leaves the mark to who has taken over meanwhile', async () => {
    const at = await framed();
    const base = await newest(at.writer);
    at.heads.sync = async () => {
      await at.claim(4);
      throw trouble;
    };
    const { place } = await replaced(at.writer, base);
    expect(place).toEqual({ epoch: 5, headSequence: 3, secured: false });
    expect((await headOf(at, 4)).image.header.headSequence).toBe(0);
  });

  test('looks at what is there where somebody has claimed in between', async () => {
    const at = await framed();
    const base = await newest(at.writer);
    await at.claim(2);
    const { current, place } = await replaced(at.writer, base);
    expect([current === base, place.epoch]).toEqual([true, 3]);
    expect(await at.standing()).toEqual([1, 2, 3]);
  });
});

describe("a new head over another writer's journal", () => {
  test('comes after its last frame is synced, and marked where it was not', async () => {
    const at = await framed(2, false);
    const other = at.store();
    const base = await newest(at.writer);
    at.calls.length = 0;
    const { current, place } = await replaced(other, base);
    expect([current === base, place]).toEqual([true, { epoch: 2, headSequence: 4, secured: true }]);
    const { journal } = await headOf(at, 1);
    expect([journal.marked, journal.frames.length]).toEqual([true, 2]);
    const mark = `append 1 ${journal.frames[1]!.markOffset}`;
    expect(at.writes()).toEqual(['claim', 'sync 1', mark, 'sync 1', 'create 2']);
    expect(at.calls[at.calls.indexOf(mark) - 1]).toBe('claims');
  });

  test.each([
    [1, ['claim', 'sync 1', 'create 2']],
    [0, ['claim', 'create 2']],
  ])('with %i frames that have their marks needs no other', async (frames, writes) => {
    const at = frames === 0 ? await begun() : await framed(frames);
    const base = await newest(at.writer);
    at.calls.length = 0;
    const { place } = await replaced(at.store(), base);
    expect([place.secured, at.writes()]).toEqual([true, writes]);
  });

  test('is made from what is found there, where that is another state', async () => {
    const at = await begun();
    const other = at.store();
    const base = await newest(other);
    const last = (await at.append(at.first))!;
    const { current, place } = await replaced(other, base);
    expect([current.position, place.headSequence]).toEqual([last, 3]);
    expect((await headOf(at, 2)).image.header.previousHash).toEqual(last.hash);
  });

  test('carries what is there where it cannot be secured, and leaves it alone from then on', async () => {
    for (const failing of ['append', 'sync', 'second sync'] as const) {
      const at = await framed(1, false);
      const other = at.store();
      const base = await newest(other);
      let syncs = 0;
      if (failing === 'append') at.heads.append = fails;
      else at.heads.sync = (...given) => (++syncs === (failing === 'sync' ? 1 : 2) ? fails() : at.own.sync(...given));
      at.heads.create = fails;
      await expect(replaced(other, base)).rejects.toBe(trouble);
      Object.assign(at.heads, at.own);
      at.calls.length = 0;
      const { place } = await replaced(other, base);
      expect(place).toEqual({ epoch: 3, headSequence: 3, secured: false });
      expect(at.writes()).toEqual(['claim', 'create 2', 'create 3']);
    }
  });

  test('says that it could not be secured', async () => {
    const at = await framed(1, false);
    const other = at.store();
    const base = await newest(other);
    at.heads.append = fails;
    expect((await replaced(other, base)).place.secured).toBe(false);
  });

  test('is given up where its caller gives up', async () => {
    const at = await framed(1, false);
    const other = at.store();
    const base = await newest(other);
    const controller = new AbortController();
    at.heads.append = () => {
      controller.abort();
      return fails();
    };
    const given = other.replace(base, carry, { signal: controller.signal });
    await expect(given).rejects.toBe(trouble);
    expect(await at.standing()).toEqual([1]);
  });

  test('is a conflict once a later epoch is claimed, and then there is no mark', async () => {
    const at = await framed(1, false);
    const other = at.store();
    const base = await newest(other);
    at.heads.sync = async (...given) => {
      await at.claim(3);
      await at.own.sync(...given);
    };
    await expect(replaced(other, base)).rejects.toEqual(coded('CONFLICT'));
    expect((await headOf(at, 1)).journal.marked).toBe(false);
  });
});

describe('claims that have no head', () => {
  test('get fences, so that they never will', async () => {
    const at = await begun();
    await at.claim(2, 3);
    const base = await newest(at.writer);
    const { place } = await replaced(at.writer, base);
    expect([place.epoch, await at.standing()]).toEqual([4, [1, 2, 3, 4]]);
    for (const epoch of [2, 3]) {
      const { image } = await headOf(at, epoch);
      expect([isFence(image), image.header.epoch]).toEqual([true, epoch]);
    }
  });

  test('may have a fence by the time', async () => {
    const at = await begun();
    await at.claim(2);
    const base = await newest(at.writer);
    at.heads.create = async (id, bytes, options) => {
      if (id === at.id(2)) await at.memory.create(id, buildFence(at.context, id, 2));
      return at.own.create(id, bytes, options);
    };
    expect((await replaced(at.writer, base)).position.epoch).toBe(3);
  });

  test('may have a head by the time, which is a conflict', async () => {
    const at = await begun();
    await at.claim(2);
    const base = await newest(at.writer);
    const place = { id: at.id(2), epoch: 2, headSequence: 2, previousHash: at.first.hash };
    const { bytes: late } = buildHead(at.context, { ...place, ...content() })!;
    at.heads.create = async (id, bytes, options) => {
      await at.memory.create(at.id(2), late);
      return at.own.create(id, bytes, options);
    };
    await expect(replaced(at.writer, base)).rejects.toEqual(coded('CONFLICT'));
    expect(await at.standing()).toEqual([1, 2]);
  });
});

describe('while a head is prepared', () => {
  const prepared = async (at: Scene, prepare: () => Promise<never>) => {
    const base = await newest(at.writer);
    return at.writer.replace(base, prepare, {});
  };

  test('what fails is told, if nobody has claimed meanwhile', async () => {
    const at = await begun();
    await expect(prepared(at, fails)).rejects.toBe(trouble);
    const claims = new Error('no claims either');
    const both = prepared(at, () => {
      at.heads.claims = () => Promise.reject(claims);
      return fails();
    });
    await expect(both).rejects.toBe(trouble);
    expect(await at.standing()).toEqual([1, 2]);
  });

  test('a later claim is a conflict, whatever else has failed', async () => {
    const at = await begun();
    const overtaken = prepared(at, async () => {
      await at.claim(7);
      throw trouble;
    });
    await expect(overtaken).rejects.toEqual(coded('CONFLICT'));
    const base = await newest(at.writer);
    const late = at.writer.replace(
      base,
      async () => {
        await at.claim(9);
        return content();
      },
      {},
    );
    await expect(late).rejects.toEqual(coded('CONFLICT'));
    expect(await at.standing()).toEqual([1, 2, 7]);
  });

  test('claims that cannot be listed keep it from being written', async () => {
    const at = await begun();
    const base = await newest(at.writer);
    const late = at.writer.replace(
      base,
      () => {
        at.heads.claims = fails;
        return Promise.resolve(content());
      },
      {},
    );
    await expect(late).rejects.toBe(trouble);
    expect(await at.standing()).toEqual([1]);
  });
});

describe('a head that is written', () => {
  test.each([
    [
      'may be there',
      async (at: Scene) => void (at.heads.create = async (...given) => (await at.own.create(...given), fails())),
    ],
    ['cannot be looked for', async (at: Scene) => void Object.assign(at.heads, { create: fails, read: fails })],
    [
      'is followed by claims that cannot be listed',
      async (at: Scene) =>
        void (at.heads.create = (...given) => {
          at.heads.claims = fails;
          return at.own.create(...given);
        }),
    ],
  ])('is in doubt where it %s', async (_, fail) => {
    const at = await begun();
    const base = await newest(at.writer);
    await fail(at);
    const lost = replaced(at.writer, base);
    await expect(lost).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(lost).rejects.toMatchObject({ cause: trouble });
    Object.assign(at.heads, at.own);
    // No epoch is claimed twice, whatever became of its claim.
    await at.release(2);
    expect((await replaced(at.writer, await newest(at.store()))).place.epoch).toBe(3);
  });

  test('is in doubt once a later epoch is claimed', async () => {
    const at = await begun();
    const base = await newest(at.writer);
    at.heads.create = async (...given) => {
      const created = await at.own.create(...given);
      await at.claim(3);
      return created;
    };
    const late = replaced(at.writer, base);
    await expect(late).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(late).rejects.toMatchObject({ cause: undefined });
  });

  test('is no doubt where it is surely not there', async () => {
    const at = await begun();
    const base = await newest(at.writer);
    at.heads.create = fails;
    await expect(replaced(at.writer, base)).rejects.toBe(trouble);
    at.heads.create = at.own.create;
    await at.release(2);
    expect((await replaced(at.writer, base)).place.epoch).toBe(2);
  });

  test('is a conflict where another one stands', async () => {
    const at = await begun();
    const base = await newest(at.writer);
    at.heads.create = () => Promise.resolve(false);
    await expect(replaced(at.writer, base)).rejects.toEqual(coded('CONFLICT'));
  });

  test('has to leave room for a journal', async () => {
    const at = await begun();
    const large = { ...content(), checkpoint: noise(60_000) };
    const refused = at.writer.replace(await newest(at.writer), () => Promise.resolve(large), {});
    await expect(refused).rejects.toEqual(coded('INVALID_ARGUMENT'));
  });
});
