// Several handles in one process, interleaved call by call, with the workers and the judge of `npm run test:kill`.
import { Infinitree, MemoryBackend } from '@infinitree/core';
import { withSeed } from '@infinitree/testing';
import { intercept } from './crash/intercept.js';
import { Bank, balances, KEY, OBJECT_SIZE, openBooks } from './kill/bank.js';
import type { Note } from './kill/notes.js';
import { ROLES, type Role } from './kill/roles.js';
import { judge } from './kill/verdict.js';

const CAST: readonly Role[] = ['write', 'write', 'write', 'read', 'watch', 'collect'];
const ENOUGH = 40;

test.each(['cas', 'epoch'] as const)(
  'handles of one process that write, read, watch and collect at once lose nothing, %s heads',
  async (heads) => {
    await withSeed(Date.now() >>> 0, async (random) => {
      const backend = new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true });
      const first = await Infinitree.create(Bank, { backend, key: KEY, objectSize: OBJECT_SIZE });
      await openBooks(first);
      await first.close();

      const slow = intercept(backend, async (_verb, _args, next) => {
        for (let turns = random.int(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        return next();
      });
      let acknowledged = 0;
      let failed = false;
      const witnessed = await Promise.all(
        CAST.map(async (role, i) => {
          const notes: Note[] = [];
          const write = (note: Note) => {
            notes.push(note);
            if (note.kind === 'acknowledged') acknowledged += 1;
          };
          const over = () => failed || acknowledged >= ENOUGH;
          const shift = { name: `${role}${i}`, backend: slow, random, notebook: { write }, environment: {}, over };
          await ROLES[role](shift).catch((error: unknown) => {
            failed = true;
            throw error;
          });
          return notes;
        }),
      );
      const last = await Infinitree.open(Bank, { backend, key: KEY });
      await last.load();
      const final = { commits: await last.commits(), balances: balances(last), epoch: 0 };
      expect(judge(witnessed, final)).toEqual([]);
      await last.close();
    });
  },
);
