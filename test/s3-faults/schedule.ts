import { type FakeS3, S3_FAULTS, type S3FaultKind, SeededRandom } from '@infinitree/testing';
import { type Access, Bucket } from './bucket.js';
import { checkInTheEnd } from './final-check.js';
import { Ledger } from './ledger.js';
import { describe, type Outcome } from './matrix.js';
import { type Terms, Writer } from './writer.js';

/** What may happen by chance. Not what no client can notice beside another writer, nor what takes its time. */
const KINDS = S3_FAULTS.filter((kind) => !['conditions-ignored', 'silent-before', 'silent-after'].includes(kind));
const LIES: readonly S3FaultKind[] = ['not-found', 'stale-read'];

/** Two writers of one bucket that do what a seed says, while requests go wrong as it says. */
export async function playSchedule(s3: FakeS3, seed: number, access: Access = {}): Promise<Outcome> {
  const random = new SeededRandom(seed);
  const bucket = new Bucket(s3, 20_000, undefined, access);
  const ledger = new Ledger();
  const kinds = random.int(4) === 0 ? KINDS : KINDS.filter((kind) => !LIES.includes(kind));
  const terms = termsOf(kinds);
  const writers = ['first', 'second'].map((name) => new Writer(name, bucket, ledger, terms));
  const work = async (): Promise<void> => {
    await writers[0]!.create();
    await writers[1]!.open();
    interfere(bucket, random, kinds);
    for (let steps = 3 + random.int(6); steps > 0; steps--)
      await step(random, writers, () => interfere(bucket, random, kinds));
    await checkInTheEnd(bucket, ledger);
  };
  const finding = await work().then(
    () => undefined,
    (error: unknown) => describe(error),
  );
  bucket.heal();
  await Promise.allSettled(writers.map((writer) => writer.end()));
  bucket.drop();
  return { met: terms.met, finding };
}

async function step(random: SeededRandom, writers: readonly Writer[], again: () => void): Promise<void> {
  const writer = random.pick(writers);
  const length = random.pick([10, 10, 1000, 90_000]);
  switch (random.int(7)) {
    case 0:
      await writer.reopen();
      break;
    case 1:
      await writer.read();
      break;
    case 2:
      await writer.refresh();
      break;
    case 3:
      await Promise.all(writers.map((each) => each.commit(length)));
      break;
    default:
      await writer.commit(length);
  }
  // A call that got nowhere has taken the trouble away.
  again();
}

function interfere(bucket: Bucket, random: SeededRandom, kinds: readonly S3FaultKind[]): void {
  bucket.heal();
  const often = random.pick([0.02, 0.1, 0.3]);
  for (const kind of kinds) bucket.fail({ kind, chance: () => random.next() < often / kinds.length });
}

function termsOf(kinds: readonly S3FaultKind[]): Terms {
  const codes = new Set(['BACKEND', 'COMMIT_UNKNOWN', 'UNSUPPORTED']);
  if (kinds.some((kind) => LIES.includes(kind)))
    for (const code of ['ROLLBACK', 'CORRUPT', 'NOT_FOUND', 'WRONG_KEY']) codes.add(code);
  return { codes, contended: true, met: new Map() };
}
