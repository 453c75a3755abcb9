import { edited, exchanged, leftOut, lookedBefore, type Mistake, moved, OBJECT_FOLDER } from './mutation-kinds.js';

/** A mistake in what is written when. */
export interface Mutation extends Mistake {
  /** The workloads that are to notice it. */
  readonly workloads: readonly string[];
  /** Why nobody can notice it, where that is so. */
  readonly harmless?: string;
}

const COURTESY = 'a note is a courtesy: one that is torn, lost or left behind is that of a writer who is gone';
const GARBAGE = 'what comes back is garbage that nothing refers to, and is listed in the head until it is deleted';
const TEMPORARY = 'nothing in `tmp` has to last, and what is left there is swept';
const TWICE = 'the directory is synced into its parent when it is made, and by the first write once more';
const LATER = 'the head that follows syncs the same folder, before a key object leads to any of it';
const NO_WRITER = 'a power cut ends every writer whom a fence could stop';
const VISIBLE =
  'on a local file system a successor reads what was appended, synced or not, and makes it durable itself';
const DURABLE = 'a head that has frames was durable before the first of them';
const READ_AGAIN = 'the reading that follows syncs what it finds';
const UNREFERRED = 'nothing refers to it before the head does, which is created later';
const BUILT_UPON = 'a head that stands is built upon, and one that is late finds a fence; the last listing tells which';
const OUT_OF_USE = 'nobody looks for what is below the newest durable head, in whatever order it goes';
const NO_KEY = 'nothing leads to it before the key object is there';

const UNACKNOWLEDGED = 'no commit that was acknowledged holds an object that is not behind the cache';
const CACHE = '../../backend-cache/src';

const EPOCH_HEADS = 'tree/heads/epoch-heads.ts';
const OVERTAKEN = "!== epoch) throw conflict('Another writer has taken over the tree.');";

const WRITTEN = 'return this.#write(epoch, content, headSequence, current.position.hash, options);';
const SEALED = 'const mark = sealMark(this.#context, this.#context.entropy.draw(), id, header.epoch, last);';

/** Every sync there is. */
const SYNCS: readonly Mutation[] = [
  { ...leftOut('sync', 'put'), workloads: ['large-commits'] },
  { ...leftOut('sync', 'put of a fold'), workloads: ['fold'] },
  { ...leftOut('sync', 'heads.create'), workloads: ['fold', 'reopen'] },
  { ...leftOut('sync', 'heads.create of a fence'), workloads: ['takeover'] },
  { ...leftOut('sync', 'keyObjects.put'), workloads: ['create'] },
  { ...leftOut('sync', 'locks.create'), workloads: ['reopen'], harmless: COURTESY },
  { ...leftOut('syncFolder', 'put', OBJECT_FOLDER), workloads: ['large-commits'] },
  { ...leftOut('syncFolder', 'put of a fold', OBJECT_FOLDER), workloads: ['fold'] },
  { ...leftOut('syncFolder', 'heads.create', OBJECT_FOLDER), workloads: ['fold', 'reopen'] },
  {
    ...leftOut('syncFolder', 'heads.create of a fence', OBJECT_FOLDER),
    workloads: ['takeover'],
    harmless: NO_WRITER,
  },
  { ...leftOut('syncFolder', 'keyObjects.put', OBJECT_FOLDER), workloads: ['create'] },
  { ...leftOut('syncFolder', 'keyObjects.get'), workloads: ['create'] },
  { ...leftOut('syncFolder', 'put', '/tree/objects'), workloads: ['large-commits'] },
  { ...leftOut('syncFolder', 'put of a fold', '/tree/objects'), workloads: ['fold'] },
  { ...leftOut('syncFolder', 'heads.create', '/tree/objects'), workloads: ['fold', 'reopen'] },
  {
    ...leftOut('syncFolder', 'heads.create of a fence', '/tree/objects'),
    workloads: ['takeover'],
    harmless: NO_WRITER,
  },
  { ...leftOut('syncFolder', 'keyObjects.put', '/tree/objects'), workloads: ['create'] },
  { ...leftOut('syncFolder', undefined, '/'), workloads: ['create'], harmless: TWICE },
  { ...leftOut('syncFolder', 'locks.create', '/'), workloads: ['create'] },
  { ...leftOut('syncFolder', 'locks.create', '/tree'), workloads: ['create'], harmless: `${COURTESY}; ${TEMPORARY}` },
  { ...leftOut('syncFolder', 'heads.claim', '/tree'), workloads: ['create'], harmless: LATER },
  { ...leftOut('syncFolder', 'heads.create', '/tree'), workloads: ['create'] },
  { ...leftOut('syncFolder', 'locks.create', '/tree/locks'), workloads: ['reopen'], harmless: COURTESY },
  { ...leftOut('syncFolder', 'locks.remove'), workloads: ['reopen'], harmless: COURTESY },
  { ...leftOut('syncFolder', 'heads.claim', '/tree/epochs'), workloads: ['fold', 'reopen'] },
  { ...leftOut('datasync', 'heads.sync of a frame'), workloads: ['small-commits'] },
  { ...leftOut('datasync', 'heads.sync of a mark'), workloads: ['fold'] },
  { ...leftOut('datasync', 'heads.sync of a mark at the close'), workloads: ['close', 'reopen'] },
  { ...leftOut('datasync', 'heads.sync of a successor'), workloads: ['takeover'] },
  { ...leftOut('syncFolder', 'heads.sync of a successor'), workloads: ['takeover'], harmless: DURABLE },
  { ...leftOut('datasync', "heads.sync of a successor's mark"), workloads: ['takeover'] },
  { ...leftOut('datasync', 'heads.sync of a reader'), workloads: ['takeover'] },
  { ...leftOut('syncFolder', 'heads.sync of a reader'), workloads: ['takeover'] },
  {
    ...leftOut('datasync', 'heads.sync of who asks for an outcome'),
    workloads: ['takeover'],
    harmless: READ_AGAIN,
  },
  {
    ...leftOut('syncFolder', 'heads.sync of who asks for an outcome'),
    workloads: ['takeover'],
    harmless: READ_AGAIN,
  },
  { ...leftOut('syncFolder', 'delete'), workloads: ['fold'], harmless: GARBAGE },
  { ...leftOut('syncFolder', 'heads.remove'), workloads: ['fold'], harmless: GARBAGE },
];

/** Steps of making one file, in another order. */
const FILES: readonly Mutation[] = [
  { ...exchanged('write', 'sync', 'put'), workloads: ['large-commits'] },
  { ...exchanged('write', 'sync', 'heads.create'), workloads: ['fold', 'reopen'] },
  { ...exchanged('write', 'sync', 'keyObjects.put'), workloads: ['create'] },
  { ...exchanged('sync', 'link', 'put'), workloads: ['large-commits'], harmless: UNREFERRED },
  { ...exchanged('sync', 'link', 'heads.create'), workloads: ['fold', 'reopen'] },
  { ...exchanged('sync', 'link', 'keyObjects.put'), workloads: ['create'] },
  { ...exchanged('unlink', 'syncFolder', 'put'), workloads: ['large-commits'], harmless: TEMPORARY },
  { ...exchanged('unlink', 'syncFolder', 'heads.create'), workloads: ['reopen'], harmless: TEMPORARY },
  { ...exchanged('create', 'syncFolder', 'heads.claim'), workloads: ['fold', 'reopen'] },
  { ...exchanged('unlink', 'syncFolder', 'delete'), workloads: ['fold'], harmless: GARBAGE },
  { ...exchanged('unlink', 'syncFolder', 'heads.remove'), workloads: ['fold'], harmless: GARBAGE },
];

/** Every two steps of creation, commit, takeover and deletion that can change places. */
const STEPS: readonly Mutation[] = [
  { ...moved('heads.claim', 'heads.create'), workloads: ['create'], harmless: NO_KEY },
  { ...moved('heads.create', 'keyObjects.put'), workloads: ['create'] },
  { ...moved('put', 'heads.append of a frame'), workloads: ['large-commits'] },
  { ...moved('put', 'heads.sync of a frame'), workloads: ['large-commits'] },
  // Where each commit has its claim: what a frame refers to would otherwise wait for a claim that does not come.
  { ...moved('put', 'heads.claim'), workloads: ['object-commits'], harmless: UNREFERRED },
  { ...moved('put', 'heads.create'), workloads: ['object-commits'] },
  { ...moved('put of a fold', 'heads.create'), workloads: ['fold'] },
  { ...moved('put of a fold beside commits', 'heads.create'), workloads: ['fold-beside'] },
  { ...moved('put of a merge', 'heads.create'), workloads: ['merge'] },
  { ...moved('heads.append of a frame', 'heads.sync of a frame'), workloads: ['small-commits'] },
  { ...lookedBefore('heads.append of a frame'), workloads: ['takeover'] },
  { ...lookedBefore('heads.sync of a frame'), workloads: ['takeover'], harmless: VISIBLE },
  { ...moved('heads.sync of a frame', 'heads.append of a mark'), workloads: ['small-commits'] },
  {
    ...edited('a mark before the claims are listed', {
      file: EPOCH_HEADS,
      from: '      highest = await this.#claims.highest({});',
      to: '      await this.#heads.append(own.id, offset + bytes.length, mark); highest = await this.#claims.highest({});',
    }),
    workloads: ['takeover'],
  },
  { ...moved('heads.sync of a mark', 'heads.claim'), workloads: ['fold'] },
  { ...moved('heads.claim', 'heads.read'), workloads: ['takeover'] },
  {
    ...edited('claims not listed again after a claim', {
      file: 'tree/heads/claims.ts',
      from: 'if (!won || (await this.highest(options)) !== epoch)',
      to: 'if (!won)',
    }),
    workloads: ['takeover'],
    harmless: BUILT_UPON,
  },
  { ...moved('heads.create of a fence', 'heads.sync of a successor'), workloads: ['takeover'] },
  { ...moved('heads.create of a fence', 'heads.create'), workloads: ['takeover'] },
  { ...lookedBefore('heads.sync of a successor'), workloads: ['takeover'], harmless: VISIBLE },
  { ...moved('heads.sync of a successor', "heads.append of a successor's mark"), workloads: ['takeover'] },
  {
    ...edited("a successor's mark before the claims are listed", {
      file: EPOCH_HEADS,
      from: `    if ((await this.#claims.highest(options)) ${OVERTAKEN}\n    ${SEALED}`,
      to: `    ${SEALED}\n    await this.#heads.append(id, last.markOffset, mark, options);\n    if ((await this.#claims.highest(options)) ${OVERTAKEN}`,
    }),
    workloads: ['takeover'],
  },
  { ...moved("heads.append of a successor's mark", "heads.sync of a successor's mark"), workloads: ['takeover'] },
  { ...moved("heads.sync of a successor's mark", 'heads.create'), workloads: ['takeover'] },
  {
    ...edited('claims not listed before a head is created', {
      file: EPOCH_HEADS,
      from: `    if (highest ${OVERTAKEN}`,
      to: '    void highest;',
    }),
    workloads: ['takeover'],
    harmless: BUILT_UPON,
  },
  { ...lookedBefore('heads.create'), workloads: ['takeover'] },
  {
    ...edited('lower claims released before a head is created', {
      file: EPOCH_HEADS,
      from: '    await this.#createHead(id, head.bytes, options).catch(',
      to: '    await this.#claims.releaseBelow(epoch, options);\n    await this.#createHead(id, head.bytes, options).catch(',
    }),
    workloads: ['fold', 'reopen', 'takeover'],
  },
  {
    ...edited('older heads removed before a head is created', {
      file: EPOCH_HEADS,
      from: `    ${WRITTEN}`,
      to: `    const heads = [...current.care.olderHeads, current.position.epoch].slice(0, -KEPT_HEADS);\n    for (const old of heads) await this.#heads.remove(this.#claims.headId(old));\n    ${WRITTEN}`,
    }),
    workloads: ['fold', 'reopen'],
    harmless: OUT_OF_USE,
  },
  {
    ...edited('replaced objects deleted before a head is created', {
      file: 'tree/write/head-writer.ts',
      from: '        finish = composed.finish;',
      to: '        const due = current.care.replaced.filter((entry) => this.#isDue(entry, { position: { ...current.position, ...place }, care: { ...current.care, olderHeads: olderHeads(current) } }));\n        await this.#session.context.backend.delete(due.flatMap(({ objects }) => objects));\n        finish = composed.finish;',
    }),
    workloads: ['fold', 'object-commits'],
  },
  { ...moved('heads.release', 'heads.remove'), workloads: ['fold'], harmless: OUT_OF_USE },
  { ...moved('heads.remove', 'delete'), workloads: ['fold'], harmless: OUT_OF_USE },
  { ...moved('heads.sync of a mark at the close', 'locks.remove'), workloads: ['close'], harmless: COURTESY },
];

/** What a cache does before others. */
const CACHES: readonly Mutation[] = [
  { ...leftOut('sync', 'put'), name: 'no sync in put of a cache', workloads: ['cache-back'] },
  { ...moved('put', 'heads.sync of a frame'), name: 'put of a cache behind the frame', workloads: ['cache-through'] },
  {
    ...edited('no commit waits for what a cache has to send', {
      file: `${CACHE}/outbox.ts`,
      from: '    if (sent.length === 0) return;',
      to: '    if (sent.length >= 0) return;',
    }),
    workloads: ['cache-back'],
  },
  {
    ...edited('an object that a cache has to send is not synced', {
      file: `${CACHE}/folder-tier.ts`,
      from: '      await incoming.file.sync();\n',
      to: '',
    }),
    workloads: ['cache-back'],
    harmless: UNACKNOWLEDGED,
  },
];

/** Every sync there is, and every two steps that can change places. */
export const MUTATIONS: readonly Mutation[] = [...SYNCS, ...FILES, ...STEPS, ...CACHES];
