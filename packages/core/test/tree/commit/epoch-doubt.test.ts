// The heads of a directory by themselves: what became of a write in doubt.
import { UnknownOutcome } from '../../../src/tree/heads/head-store.js';
import { begun, carry, coded, content, framed, headOf, newest, replaced } from './epoch-scene.js';

const trouble = new Error('no disk');
const fails = (): Promise<never> => Promise.reject(trouble);

describe('a write in doubt', () => {
  /** A frame that is whole and was not acknowledged. */
  async function doubtful() {
    const at = await framed();
    at.heads.sync = fails;
    await expect(at.append(at.last)).rejects.toBeInstanceOf(UnknownOutcome);
    at.heads.sync = at.own.sync;
    at.calls.length = 0;
    return at;
  }

  test('is settled by a head of our own where none of a later epoch stands', async () => {
    const at = await doubtful();
    const seen: number[] = [];
    const settled = await at.writer.settle((current) => {
      seen.push(current.position.headSequence);
      return Promise.resolve(content(8));
    }, {});
    // The frame is there, and is carried on without being written to again.
    expect([seen, settled.position.epoch, settled.care.sweepSequence]).toEqual([[3], 2, 8]);
    expect(at.writes().filter((call) => call.startsWith('append'))).toEqual([]);
    expect((await headOf(at, 2)).image.header.headSequence).toBe(4);
    // Nothing is in doubt any more: the head that stands is enough.
    const again = await at.writer.settle(() => fails(), {});
    expect(again.position).toEqual(settled.position);
  });

  test('is settled by a later head, once that is durable', async () => {
    const at = await doubtful();
    const other = at.store();
    const { position } = await replaced(other, await newest(other));
    at.calls.length = 0;
    const settled = await at.writer.settle(() => fails(), {});
    expect(settled.position).toEqual(position);
    expect(at.writes()[0]).toBe('sync 2');
    expect(at.writes()).not.toContain('claim');
  });

  test('stays in doubt where that head cannot be synced, or none be written', async () => {
    const at = await doubtful();
    at.heads.create = fails;
    await expect(at.writer.settle(carry, {})).rejects.toBe(trouble);
    at.heads.create = at.own.create;
    const other = at.store();
    await replaced(other, await newest(other));
    at.heads.sync = fails;
    await expect(at.writer.settle(carry, {})).rejects.toBe(trouble);
    at.heads.sync = at.own.sync;
    expect((await at.writer.settle(() => fails(), {})).position.epoch).toBe(3);
  });

  test('of a head is settled by a head above it', async () => {
    const at = await begun();
    const base = await newest(at.writer);
    at.heads.create = async (...given) => {
      await at.own.create(...given);
      throw trouble;
    };
    await expect(replaced(at.writer, base)).rejects.toBeInstanceOf(UnknownOutcome);
    at.heads.create = at.own.create;
    expect((await at.writer.settle(carry, {})).position).toMatchObject({ epoch: 3, headSequence: 3 });
  });

  test('keeps its own journal from being marked by this writer', async () => {
    const at = await doubtful();
    const { place } = await replaced(at.writer, await newest(at.store()));
    expect(place.secured).toBe(false);
    expect((await headOf(at, 1)).journal.marked).toBe(false);
  });

  test('is CORRUPT where all heads are gone', async () => {
    const at = await doubtful();
    const other = at.store();
    await replaced(other, await newest(other));
    at.heads.sync = async (id, options) => {
      await at.own.sync(id, options);
      for (const epoch of [1, 2]) await at.memory.remove(at.id(epoch));
    };
    await expect(at.writer.settle(carry, {})).rejects.toEqual(coded('CORRUPT'));
  });
});
