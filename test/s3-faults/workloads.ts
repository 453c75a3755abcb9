import type { Writer } from './writer.js';

/** What programs do with a bucket, part of it before requests go wrong. */
export interface Workload {
  /** Makes what is there before. Absent: an empty bucket. */
  readonly prepare?: (writer: Writer) => Promise<void>;
  /** Gets a second writer where there is one. */
  readonly run: (writer: Writer, other: () => Writer) => Promise<void>;
  readonly contended?: true;
}

const LARGE = 90_000;

async function withCommits(writer: Writer): Promise<void> {
  await writer.create();
  await writer.commit();
  await writer.commit(LARGE);
  await writer.commit();
}

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  create: {
    async run(writer) {
      await writer.create();
      await writer.commit();
    },
  },
  commit: {
    prepare: withCommits,
    async run(writer) {
      await writer.open();
      await writer.commit();
      await writer.commit();
    },
  },
  'large-commit': {
    prepare: withCommits,
    async run(writer) {
      await writer.open();
      await writer.commit(LARGE);
      await writer.commit(LARGE);
    },
  },
  read: {
    prepare: withCommits,
    async run(writer) {
      await writer.open();
      await writer.read();
      await writer.commit();
    },
  },
  collect: {
    prepare: withCommits,
    async run(writer) {
      await writer.open();
      await writer.collect();
      await writer.commit();
    },
  },
  contend: {
    prepare: withCommits,
    contended: true,
    async run(writer, other) {
      await writer.open();
      const second = other();
      await second.open();
      await Promise.all([writer.commit(), second.commit()]);
      await second.commit();
      await writer.commit();
      await second.end();
    },
  },
};
