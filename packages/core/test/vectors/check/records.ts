import { fromCanonical, toCanonical } from '../../../src/codec/canonical-key.js';
import { decodeCbor } from '../../../src/codec/cbor.js';
import type { CanonicalKey, IndexKey } from '../../../src/codec/index-key.js';
import { KeyFilter } from '../../../src/codec/key-filter.js';
import { isExtent } from '../../../src/tree/records/base.js';
import { decodeCheckpoint } from '../../../src/tree/records/checkpoint.js';
import { type CommitBody, decodeCommitBody, decodeFrameBody } from '../../../src/tree/records/commit.js';
import type { KeyHistory } from '../../../src/tree/records/key-history.js';
import { decodeLogNode } from '../../../src/tree/records/log-node.js';
import { readMovedObject } from '../../../src/tree/records/moved-object.js';
import type { Pack } from '../../../src/tree/records/pack.js';
import type { RunRef } from '../../../src/tree/records/run.js';
import { decodeRunIndex } from '../../../src/tree/records/run-index.js';
import { keyFromNotation, toNotation } from '../notation.js';
import { bytesOf, type Check, inHex, type Json } from '../vector.js';

const key = (canonical: CanonicalKey): Json => toNotation(fromCanonical(canonical));

function showRun(run: RunRef): Json {
  const shown = inHex({ ...run, firstKey: null, lastKey: null }) as Record<string, Json>;
  return { ...shown, firstKey: key(run.firstKey), lastKey: key(run.lastKey) };
}

function showBody({ commit, changes, encoded }: CommitBody): Json {
  return {
    commit: inHex(commit),
    changes: changes.map(({ run, ...change }) => ({
      ...(inHex(change) as Record<string, Json>),
      run: run === undefined ? null : { ...(inHex({ ...run, run: null }) as object), run: showRun(run.run) },
    })),
    encoded: inHex(encoded),
  };
}

function showPack({ runs, ...pack }: Pack): Json {
  const shown = runs.map(({ field, run }) => ({ field: inHex(field), run: showRun(run) }));
  return { ...(inHex(pack) as Record<string, Json>), runs: shown };
}

function shownHistory({ contentKey, epochs, below }: KeyHistory): unknown {
  return {
    below,
    contentKey: contentKey.reveal(),
    epochs: epochs.map(({ ownKey, applicationKey, data, ...epoch }) => ({
      ...epoch,
      ownKey: ownKey.reveal(),
      applicationKey: applicationKey.reveal(),
      data: data && { ...data, storageKey: data.storageKey?.reveal(), paddingKey: data.paddingKey.reveal() },
    })),
  };
}

export const RECORD_CHECKS: Readonly<Record<string, Check>> = {
  'commit-body': ({ input }) => showBody(decodeCommitBody(bytesOf(input, 'bytes'))),
  'frame-body': ({ input }) => ({ commits: decodeFrameBody(bytesOf(input, 'bytes')).map(showBody) }),
  checkpoint: ({ input }) => {
    const { base, tail, ...care } = decodeCheckpoint(bytesOf(input, 'bytes'));
    const shown = isExtent(base)
      ? inHex(base)
      : { ...(inHex({ ...base, packs: [] }) as Record<string, Json>), packs: base.packs.map(showPack) };
    // A secret is shown nowhere by itself.
    const credentials = care.credentials.map((entry) => ({ ...entry, headerKey: entry.headerKey.reveal() }));
    const dropboxes = care.dropboxes.map((entry) => ({
      ...entry,
      shared: entry.shared.reveal(),
      secret: entry.secret?.reveal(),
    }));
    const history = care.history && shownHistory(care.history);
    const told = inHex({ ...care, credentials, dropboxes, history }) as Record<string, Json>;
    return { base: shown, tail: tail.map(showBody), ...told };
  },
  'moved-object': ({ input }) => {
    const moved = readMovedObject(decodeCbor(bytesOf(input, 'bytes')));
    return inHex({ objects: moved.objects, chunks: (input['offsets'] as number[]).map((from) => moved.find(from)) });
  },
  'log-node': ({ input }) => ({ commits: decodeLogNode(bytesOf(input, 'bytes')).map((commit) => inHex(commit)) }),
  'run-index': ({ input }) => {
    const { blocks, filters } = decodeRunIndex(bytesOf(input, 'bytes'));
    const shown = blocks.map((block) => ({
      ...(inHex({ ...block, firstKey: null, lastKey: null }) as Record<string, Json>),
      firstKey: key(block.firstKey),
      lastKey: key(block.lastKey),
    }));
    return { blocks: shown, filters: inHex(filters) };
  },
  'key-filter': ({ input }) => {
    const filter = new KeyFilter(bytesOf(input, 'bytes'));
    const keys = input['keys'] as Json[];
    return { pass: keys.map((one) => filter.mayHold(toCanonical(keyFromNotation(one) as IndexKey))) };
  },
};
