import { Infinitree, type ObjectId } from '@infinitree/core';
import { type Kind, largeChange, middlingChange, Plot, smallChange } from '../crash/contents.js';
import { Faults } from './faults.js';
import { Program, type Stage } from './program.js';
import { KEY, type World } from './world.js';

/** What a workload works with. */
export interface Scene extends Stage {
  readonly seed: number;
  /** The program in whose way faults are put. */
  readonly program: Program;
  /** What the preparation has left for it. */
  readonly left: Leftovers;
}

export interface Leftovers {
  /** An object that is to be damaged. */
  damaged?: ObjectId;
  /** A copy of the storage from before that. */
  copy?: World;
}

export interface Workload {
  /** Where it comes to the same as in a directory with appends, it is left out in one without. */
  readonly appendsOnly?: boolean;
  /** Makes what there is to begin with, without any trouble. */
  readonly prepare: (stage: Stage, seed: number) => Promise<Leftovers>;
  readonly run: (scene: Scene) => Promise<void>;
}

const OTHER = 2;
const PLANTER = 9;
/** As many commits as it takes until the journal is full. */
const FOLDING = 14;
const TEN_MINUTES_MS = 600_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Another program, which has no trouble. */
function another(stage: Stage, pid: number, seed: number): Program {
  return new Program(stage, pid, seed, new Faults(stage.world.clock));
}

/** As much as takes an object of its own, and a blob of two. */
const withObjects = (planter: Program): Promise<void> => planter.commit(largeChange);

/** A tree with a history, at rest. */
async function planted(stage: Stage, seed: number, more?: (planter: Program) => Promise<void>): Promise<Leftovers> {
  const planter = another(stage, PLANTER, seed);
  await planter.create();
  await planter.commit(smallChange);
  await planter.commit(smallChange);
  await more?.(planter);
  await planter.end();
  return {};
}

const create: Workload = {
  appendsOnly: true,
  prepare: async () => ({}),
  async run({ program }) {
    await program.count(() => program.create());
    await program.commit(smallChange);
    await program.end();
  },
};

const smallCommits: Workload = {
  prepare: planted,
  async run({ program }) {
    await program.open();
    await program.count(async () => {
      for (const times of [1, 2, 1]) await program.commit(smallChange, { times });
    });
    await program.end();
  },
};

const largeCommits: Workload = {
  appendsOnly: true,
  prepare: planted,
  async run({ program }) {
    await program.open();
    await program.commit(smallChange);
    await program.count(() => program.commit(largeChange));
    await program.commit(smallChange);
    await program.end();
  },
};

/**
 * Commits that fold, and delete what the fold before the last one has replaced. When they come to that depends on the
 * storage: epochs count from one handle to the next, and slots from one commit to the next.
 */
const fold: Workload = {
  prepare: (stage, seed) =>
    planted(stage, seed, async (planter) => {
      await fill(stage.world, planter, 15);
      await planter.close();
      await planter.open();
      await fill(stage.world, planter, 4);
    }),
  async run({ program, world }) {
    await program.open();
    await program.count(async () => {
      await fill(world, program, 3);
      await program.close();
    });
    await program.end();
  },
};

async function fill(world: World, program: Program, commits: number): Promise<void> {
  for (let i = 0; i < commits; i++) {
    world.clock.advance(TEN_MINUTES_MS);
    await program.commit(middlingChange);
  }
}

/** Takes the tree over from a writer that is alive and comes back later. */
const takeover: Workload = {
  appendsOnly: true,
  prepare: planted,
  async run(scene) {
    const { program, seed } = scene;
    const other = another(scene, OTHER, seed);
    await other.open();
    await other.commit(smallChange);
    await program.count(async () => {
      await program.open({ takeover: true });
      await program.commit(smallChange);
    });
    await program.commit(smallChange);
    await other.commit(smallChange, { contended: true });
    await program.commit(smallChange, { contended: true });
    for (const each of [program, other]) await each.end();
  },
};

/** Takes over what another writer has done, for reading, and below staged changes. */
const refresh: Workload = {
  appendsOnly: true,
  prepare: planted,
  async run(scene) {
    const { program, seed } = scene;
    await program.open({ readonly: true });
    await program.tree.load('notes', 'events');
    const other = another(scene, OTHER, seed);
    await other.open();
    await other.commit(smallChange);
    await program.count(() => program.refresh());
    await program.read();
    await program.close();
    await program.open({ takeover: true });
    await other.commit(smallChange);
    await program.count(() => program.commit(smallChange, { contended: true }));
    for (const each of [program, other]) await each.end();
  },
};

/** Collects what was stored and never committed, and is too old to be on its way. */
const gc: Workload = {
  appendsOnly: true,
  prepare: (stage, seed) =>
    planted(stage, seed, async (planter) => {
      await planter.tree.blobs.put(planter.random.bytes(100_000));
      const writer = planter.tree.storageWriter();
      await writer.write(planter.random.bytes(1000));
      await writer.flush();
    }),
  async run({ program, world }) {
    const due = world.clock.advance(2 * DAY_MS);
    // Memory tells ages by the clock of the system.
    const olderThan = world.level === 'calls' ? 0 : DAY_MS;
    await program.open();
    await program.commit(smallChange);
    const collect = (dryRun: boolean): Promise<{ readonly orphans: number; readonly isEarly: boolean }> =>
      program.call('gc', async (signal) => {
        const { orphans } = await program.tree.gc({ dryRun, olderThan, signal });
        return { orphans: orphans.count, isEarly: world.clock.now() < due };
      });
    if ((await collect(true)).orphans === 0) throw new Error('there is no garbage');
    let isEarly = false;
    await program.count(async () => {
      ({ isEarly } = await collect(false));
    });
    // Whether that was all is asked without any trouble, so that this is no part of what goes wrong.
    program.faults.lift();
    const { orphans } = await collect(true);
    if (orphans > 0 && !isEarly) throw new Error(`gc() has left ${orphans} orphans`);
    await program.commit(smallChange);
    await program.end();
  },
};

/** Makes one of what several commits have put into objects, and commits on. */
const compact: Workload = {
  appendsOnly: true,
  prepare: (stage, seed) =>
    planted(stage, seed, async (planter) => {
      for (let i = 0; i < 3; i++) await planter.commit(largeChange);
      // What large commits have written is merged once it is folded.
      for (let i = 0; i < FOLDING; i++) await planter.commit(middlingChange);
    }),
  async run({ program }) {
    await program.open();
    const compact = () => program.call('compact', (signal) => program.tree.compact({ signal }));
    await program.count(async () => {
      await compact();
    });
    if ((await compact()).packs > 0) throw new Error('compact() has left something to be merged');
    await program.commit(smallChange);
    await program.end();
  },
};

/** What passes is no damage, and must not be reported as such. */
const verify: Workload = {
  appendsOnly: true,
  prepare: (stage, seed) => planted(stage, seed, withObjects),
  async run({ program }) {
    await program.open({ readonly: true });
    await program.count(async () => {
      const report = await program.call('verify', (signal) => program.tree.verify({ readData: true, signal }));
      const found = [...report.faults, ...report.olderFaults].map(({ message }) => message);
      if (found.length > 0) throw new Error(`verify() reports ${found.join('; ')}`);
    });
    await program.end();
  },
};

const DAMAGING = ['values', 'block'];

/** Which object holds data of fields. */
async function objectOfFields({ world }: Stage): Promise<ObjectId> {
  const backend = await world.open(new Faults(world.clock), PLANTER);
  for await (const id of backend.list()) {
    const fork = await world.fork();
    await fork.remove(id);
    const damaged = await fork.open(new Faults(fork.clock), PLANTER);
    const tree = await Infinitree.open(Plot, { backend: damaged, key: KEY, readonly: true }).catch(() => undefined);
    const parts = (await tree?.verify({ readData: true }))?.faults.map(({ part }) => part) ?? [];
    await tree?.close();
    if (parts.some((part) => DAMAGING.includes(part))) return id;
  }
  throw new Error('no object holds data of fields');
}

/** Brings a lost object back from a copy. */
const repair: Workload = {
  appendsOnly: true,
  async prepare(stage, seed) {
    await planted(stage, seed, withObjects);
    const copy = await stage.world.fork();
    return { damaged: await objectOfFields(stage), copy };
  },
  async run({ program, world, onlooker, left }) {
    const from = await left.copy!.open(new Faults(world.clock), PLANTER);
    onlooker.damaged = true;
    await world.remove(left.damaged!);
    await program.open();
    await program.count(async () => {
      await program.call('repair', (signal) => program.tree.repair({ from, signal }));
    });
    onlooker.damaged = false;
    await program.commit(smallChange);
    await program.end();
  },
};

/** Opens the storage and the tree, and reads all there is in all ways. */
const reopen: Workload = {
  appendsOnly: true,
  prepare: (stage, seed) => planted(stage, seed, withObjects),
  async run({ program }) {
    await program.count(async () => {
      await program.open();
      await program.read();
    });
    await program.commit(smallChange);
    await program.end();
  },
};

/** Closes the tree, and opens it again on the same backend, which may have given up a head; then closes that, too. */
const close: Workload = {
  prepare: planted,
  async run({ program }) {
    await program.open();
    await program.commit(smallChange);
    await program.commit(smallChange);
    await program.count(() => program.close());
    await program.open();
    await program.commit(smallChange);
    await program.count(() => program.end());
  },
};

/** Stores a blob, commits it, and reads it back. */
const blobs: Workload = {
  appendsOnly: true,
  prepare: planted,
  async run({ program }) {
    await program.open();
    await program.commit(smallChange);
    await program.count(async () => {
      await program.commit(blobChange);
      await program.readBlobs();
    });
    await program.end();
  },
};

const blobChange: Kind = (random, label) => ({
  ...smallChange(random, label),
  files: [['film', random.bytes(150_000)]],
});

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  create,
  'small-commits': smallCommits,
  'large-commits': largeCommits,
  fold,
  takeover,
  refresh,
  gc,
  compact,
  verify,
  repair,
  reopen,
  close,
  blobs,
};
