import { randomFillSync } from 'node:crypto';
import { Infinitree, registerIndex, Serialized, SnapshotMap, VersionedMap } from '@infinitree/core';
import { check, type Figure, keyOf, MEBIBYTE, type Scenario, timed, withBackend } from './scenario.js';

class Values {
  local = new VersionedMap<string, string | Uint8Array>();
  sparse = new VersionedMap<string, string | Uint8Array>();
  snapshot = new SnapshotMap<string, string | Uint8Array>();
  cell = new Serialized<string | Uint8Array>('');
}
registerIndex(Values, {
  fields: [
    { property: 'local', name: 'local' },
    { property: 'sparse', name: 'sparse', strategy: 'sparse' },
    { property: 'snapshot', name: 'snapshot' },
    { property: 'cell', name: 'cell' },
  ],
});

const MAPS = ['local', 'sparse', 'snapshot'] as const;
/** The smallest objects: a value is then in as many as it can be. */
const OBJECT_SIZE = 65_536;

function same(a: unknown, b: string | Uint8Array): boolean {
  return typeof b === 'string' ? a === b : Buffer.compare(a as Uint8Array, b) === 0;
}

export const values: Scenario = {
  title: 'one value in each kind of field',
  unit: 'MiB',
  full: 64,
  small: 8,
  bytesEach: 8 * MEBIBYTE,
  steps: {
    roundTrip: {
      run: (job, report) =>
        withBackend(job, async (backend) => {
          const bytes = new Uint8Array(job.size * MEBIBYTE);
          for (let at = 0; at < bytes.length; at += MEBIBYTE) randomFillSync(bytes, at, MEBIBYTE);
          const given = { bytes, text: Buffer.from(bytes.buffer).toString('latin1') };
          const options = { backend, key: keyOf(job) };
          await (await Infinitree.create(Values, { ...options, objectSize: OBJECT_SIZE })).close();
          const figures: Figure[] = [];
          for (const [kind, value] of Object.entries(given)) {
            report(kind);
            const tree = await Infinitree.open(Values, options);
            await tree.load('snapshot');
            for (const name of MAPS) tree.index[name].set(kind, value);
            tree.index.cell.value = value;
            figures.push((await timed(`commit ${kind}`, () => tree.commit())).figure);
            await tree.close();

            const again = await Infinitree.open(Values, { ...options, readonly: true });
            for (const name of MAPS) {
              const { result, figure } = await timed(`get ${kind}, ${name}`, () => again.get(name, kind));
              check(same(result, value), `${kind} come back as they were from the ${name} field`);
              figures.push(figure);
            }
            await again.load('cell');
            check(same(again.index.cell.value, value), `${kind} come back as they were from a single value`);
            await again.close();
          }
          return figures;
        }),
    },
  },
};
