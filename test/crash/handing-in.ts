import { Dropbox, Infinitree, Key, VersionedList } from '@infinitree/core';
import { KEY, type Machine } from './machine.js';
import { mustVerify, type Recovery } from './recover.js';

/** A tree of its own beside the others' one. */
const ROOT = '/box';
const OBJECT_SIZE = 65_536;

/** What a worker has handed in, by the number of operations of the disk until then. */
interface Moment {
  readonly at: number;
  /** Told to be stored, oldest first. */
  readonly sure: readonly string[];
  /** On their way, when the power failed or now. */
  readonly open: readonly string[];
}

interface Handed {
  readonly text: string;
  readonly moments: Moment[];
}

const handedBy = new WeakMap<Machine, Handed>();

/** A worker hands in batches of one object and of several, and an owner merges now and then. */
export async function handingIn(machine: Machine): Promise<void> {
  const { random } = machine;
  const { backend } = await machine.start(() => Promise.resolve(), { root: ROOT });
  const tree = await Infinitree.create(VersionedList<string>, { backend, key: KEY, objectSize: OBJECT_SIZE });
  const { key } = await tree.dropboxes.add();
  machine.beginHere();
  handedBy.set(machine, { text: key.toText(), moments: [{ at: 0, sure: [], open: [] }] });
  for (let i = 1; i <= 3; i++) {
    await handIn(machine, i);
    if (random.int(2) === 0) await tree.dropboxes.merge();
    if (random.int(2) === 0) machine.disk.writeBack();
  }
  await tree.dropboxes.merge();
  await tree.close();
  await backend.close();
}

/** A process that hands in one batch. What it holds is longer than an object, one time in two. */
async function handIn(machine: Machine, number: number): Promise<void> {
  const { text, moments } = handedBy.get(machine)!;
  const { sure, open } = moments.at(-1)!;
  const { backend, random } = await machine.start(() => Promise.resolve(), { root: ROOT });
  const worker = await Dropbox.open(VersionedList<string>, {
    backend,
    key: Key.dropbox(text),
    environment: { clock: machine.clock, random: { fill: (bytes) => bytes.set(random.bytes(bytes.length)) } },
  });
  const label = `${machine.boot}.${number}`;
  worker.index.push(label);
  const isLarge = random.int(2) === 0;
  if (isLarge) worker.index.push(`large ${Buffer.from(random.bytes(80_000)).toString('base64')}`);
  moments.push({ at: machine.now, sure, open: [...open, label] });
  await worker.send(label);
  moments.push({ at: machine.now, sure: [...sure, label], open });
  await worker.close();
  await backend.close();
}

/** The worker goes on, and the owner merges: everything that was told to be stored is there once, in order. */
export const handedInAgain: Recovery = async (before, state) => {
  const machine = before.restarted(state);
  const { text, moments } = handedBy.get(before)!;
  const { sure, open } = moments.findLast(({ at }) => at <= state.boundary)!;
  const handed = { text, moments: [{ at: 0, sure, open }] };
  handedBy.set(machine, handed);
  await handIn(machine, 9);
  const { backend } = await machine.start(() => Promise.resolve(), { root: ROOT });
  const tree = await Infinitree.open(VersionedList<string>, { backend, key: KEY, takeover: true });
  const { faults } = await tree.dropboxes.merge();
  if (faults.length > 0) throw new Error(`merging finds ${JSON.stringify(faults)}`);
  await tree.load();
  const found = [...tree.index].filter((event) => !event.startsWith('large '));
  const expected = [...sure, `${machine.boot}.9`];
  const told = found.filter((label) => !open.includes(label));
  if (told.join() !== expected.join()) throw new Error(`the list holds ${found.join()} in place of ${expected.join()}`);
  if (new Set(found).size < found.length) throw new Error(`something was merged twice: ${found.join()}`);
  // What was on its way and has arrived counts from now on.
  handed.moments.push({ at: machine.now, sure: found, open: [] });
  await mustVerify(machine, { tree });
  await tree.close();
  await backend.close();
  return machine;
};
