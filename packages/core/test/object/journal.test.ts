import { concat } from '../../src/bytes/concat.js';
import { ByteWriter } from '../../src/bytes/writer.js';
import { headIdOfEpoch } from '../../src/crypto/own-ids.js';
import { sealSalted } from '../../src/crypto/salted-box.js';
import { sealHeader } from '../../src/crypto/sealed-header.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { encodeFrameHeader, FRAME_HEADER_SIZE } from '../../src/format/frame-layout.js';
import { encodeHeadHeader, type HeadHeaderInput } from '../../src/format/head-header.js';
import { SEALED_HEADER_SIZE } from '../../src/format/header-layout.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { encodeKeyHeader } from '../../src/format/key-header.js';
import { MAX_FRAME_BODY, PAGE_SIZE } from '../../src/format/limits.js';
import type { ObjectContext } from '../../src/object/context.js';
import { buildHead, type HeadImage, type HeadInput, parseHead } from '../../src/object/head-image.js';
import { type Frame, openFrame, openMark, sealFrame, sealMark } from '../../src/object/journal.js';
import { scanJournal } from '../../src/object/journal-scan.js';
import { makeScene, noise, OBJECT_SIZE, type Scene } from './scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
});

function headInput(epoch: number, checkpoint = noise(100)): HeadInput {
  const id = headIdOfEpoch(scene.context.keys, epoch);
  const writeNonce = noise(16);
  return { id, epoch, headSequence: 7, sweepSequence: 0, writeNonce, previousHash: noise(32), checkpoint };
}

/** A head with frames of these sizes in its journal, each with its mark. */
function headWith(...sizes: readonly number[]): { bytes: Uint8Array; image: HeadImage; frames: Frame[] } {
  const { bytes, image } = buildHead(scene.context, headInput(3))!;
  const frames: Frame[] = [];
  let { journalStart: offset } = image.header;
  let previousHash = image.hash;
  for (const [i, size] of sizes.entries()) {
    const headSequence = 8 + i;
    const place = { head: image.id, offset, epoch: 3, headSequence, previousHash };
    const sealed = sealFrame(scene.context, scene.context.entropy.draw(), {
      ...place,
      writeNonce: noise(16, i),
      body: noise(size, i),
    })!;
    bytes.set(sealed.bytes, offset);
    bytes.set(
      sealMark(scene.context, scene.context.entropy.draw(), image.id, 3, sealed.frame),
      sealed.frame.markOffset,
    );
    frames.push(sealed.frame);
    offset = sealed.frame.markOffset + PAGE_SIZE;
    previousHash = sealed.frame.hash;
  }
  return { bytes, image, frames };
}

const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe('a head', () => {
  test('opens under its id, in its tree, at its length, and not otherwise', async () => {
    const { bytes, image } = buildHead(scene.context, headInput(3))!;

    expect(parseHead(scene.context, image.id, bytes)).toEqual(image);
    expect(parseHead(scene.context, headIdOfEpoch(scene.context.keys, 4), bytes)).toBeUndefined();
    expect(parseHead(scene.context, image.id, bytes.subarray(1))).toBeUndefined();
    expect(parseHead({ ...scene.context, objectSize: 131_072 }, image.id, bytes)).toBeUndefined();
    expect(parseHead((await makeScene({ seed: 2 })).context, image.id, bytes)).toBeUndefined();
    for (const at of [0, 40, 100, 511, 512, 600]) {
      expect(parseHead(scene.context, image.id, flip(bytes, at))).toBeUndefined();
    }
  });

  test('is no head where anything stands behind it, or is missing', () => {
    const { bytes, image } = buildHead(scene.context, headInput(3))!;
    const longer = new Uint8Array(2 * OBJECT_SIZE);
    longer.set(bytes);
    expect(parseHead(scene.context, image.id, longer)).toBeUndefined();
    expect(parseHead(scene.context, image.id, bytes.subarray(0, -1))).toBeUndefined();
  });

  test('that is authentic, but of another tree, key epoch or size of objects, does not open', () => {
    const { context } = scene;
    const { suite } = context.keys;
    const root = context.keys.copyRootSecret();
    const others = [
      { ...context, keys: new TreeKeys(suite, root, noise(16, 9), 0) },
      { ...context, keys: new TreeKeys(suite, root, context.keys.treeId, 1) },
      { ...context, objectSize: 2 * OBJECT_SIZE },
    ];
    const same = { ...context, keys: new TreeKeys(suite, root, context.keys.treeId, 0) };
    const read = (builder: ObjectContext) => {
      const { bytes, image } = buildHead(builder, headInput(3))!;
      return parseHead(context, image.id, bytes.subarray(0, OBJECT_SIZE));
    };
    expect(read(same)).toBeDefined();
    for (const other of others) expect(read(other)).toBeUndefined();
  });

  /** A head of any header, sealed as it has to be, with a checkpoint of `length` bytes. */
  function sealed(plain: Uint8Array, length: number): Uint8Array {
    const { keys, entropy } = scene.context;
    const id = headIdOfEpoch(keys, 3);
    const bytes = new Uint8Array(OBJECT_SIZE);
    bytes.set(sealHeader(keys.suite, keys.subkey('headHeader'), 'headHeader', id, entropy.bytes32(), plain));
    const parent = keys.subkey('checkpoint');
    const box = sealSalted(keys.suite, parent, 'checkpoint', idBytes(id), plain, entropy.bytes32(), noise(length));
    bytes.set(box, SEALED_HEADER_SIZE);
    return bytes;
  }

  test.each<[string, Partial<HeadHeaderInput>, boolean]>([
    ['as it is written', {}, true],
    ['that says its journal begins elsewhere', { journalStart: 2 * PAGE_SIZE }, false],
    ['that says its checkpoint is shorter', { checkpointLength: 147 }, false],
    [
      'that says its checkpoint ends behind the object',
      { checkpointLength: OBJECT_SIZE, journalStart: OBJECT_SIZE + PAGE_SIZE },
      false,
    ],
  ])('%s opens or does not', (_, change, opens) => {
    const { keys } = scene.context;
    const header = { treeId: keys.treeId, keyEpoch: 0, objectSizeLog2: 16, checkpointCodec: 0, ...headInput(3) };
    const plain = encodeHeadHeader({ ...header, checkpointLength: 148, journalStart: PAGE_SIZE, ...change });
    expect(parseHead(scene.context, headIdOfEpoch(keys, 3), sealed(plain, 100)) !== undefined).toBe(opens);
  });

  test('is none where the header of a key object stands under its seal', () => {
    const { keys } = scene.context;
    const question = noise(16);
    const plain = encodeKeyHeader({
      objectSizeLog2: 16,
      credentialKind: 1,
      ephemeralKey: noise(32),
      keyEpoch: 0,
      question,
    });
    expect(parseHead(scene.context, headIdOfEpoch(keys, 3), sealed(plain, 100))).toBeUndefined();
  });

  test('is not made of a checkpoint that leaves no room for a journal', () => {
    expect(buildHead(scene.context, headInput(3, noise(OBJECT_SIZE / 2)))).toBeUndefined();
    // Header and checkpoint have one half of the object, and 48 bytes go to the seal.
    const room = OBJECT_SIZE / 2 - 512 - 48;
    expect(buildHead(scene.context, headInput(3, noise(room)))?.image.header.journalStart).toBe(OBJECT_SIZE / 2);
    expect(buildHead(scene.context, headInput(3, noise(room + 1)))).toBeUndefined();
  });
});

describe('a frame', () => {
  test('opens at its place in its head, and not otherwise', () => {
    const { bytes, image, frames } = headWith(100);
    const { offset } = frames[0]!;

    expect(openFrame(scene.context, image.id, bytes, offset)?.frame).toEqual(frames[0]);
    expect(openFrame(scene.context, headIdOfEpoch(scene.context.keys, 9), bytes, offset)).toBeUndefined();
    const moved = new Uint8Array(OBJECT_SIZE);
    moved.set(bytes.subarray(offset, offset + PAGE_SIZE), offset + PAGE_SIZE);
    expect(openFrame(scene.context, image.id, moved, offset + PAGE_SIZE)).toBeUndefined();
    // Cut off in its body, and in its header.
    expect(openFrame(scene.context, image.id, bytes.subarray(0, offset + 200), offset)).toBeUndefined();
    expect(openFrame(scene.context, image.id, bytes.subarray(0, offset + 50), offset)).toBeUndefined();
    expect(openFrame(scene.context, image.id, bytes, OBJECT_SIZE)).toBeUndefined();
  });

  test('is none where something else stands under its seal', () => {
    const { keys, entropy } = scene.context;
    const { bytes, image } = headWith();
    const offset = image.header.journalStart;
    const header = { bodyCodec: 0, epoch: 3, headSequence: 8, writeNonce: noise(16), previousHash: image.hash };
    const place = concat(idBytes(image.id), new ByteWriter(5).u32(offset).u8(1).bytes);
    const put = (plain: Uint8Array) => {
      const box = sealSalted(keys.suite, keys.subkey('frame'), 'frame', place, noise(0), entropy.bytes32(), plain);
      bytes.set(box, offset);
      return openFrame(scene.context, image.id, bytes, offset);
    };
    expect(put(new Uint8Array(FRAME_HEADER_SIZE))).toBeUndefined();
    for (const bodyLength of [148, OBJECT_SIZE, 2 ** 32 - 1]) {
      expect(put(encodeFrameHeader({ ...header, bodyLength }))).toBeUndefined();
    }
  });

  test('is not made of a body that is too large', () => {
    const place = { head: headIdOfEpoch(scene.context.keys, 3), offset: 4096, epoch: 3, headSequence: 8 };
    const input = { ...place, previousHash: noise(32), writeNonce: noise(16) };

    expect(
      sealFrame(scene.context, scene.context.entropy.draw(), { ...input, body: noise(MAX_FRAME_BODY + 1) }),
    ).toBeUndefined();
    expect(
      sealFrame(scene.context, scene.context.entropy.draw(), { ...input, body: noise(MAX_FRAME_BODY) }),
    ).toBeDefined();
    // It is the size when packed that counts.
    expect(
      sealFrame(scene.context, scene.context.entropy.draw(), { ...input, body: new Uint8Array(4 * MAX_FRAME_BODY) }),
    ).toBeDefined();
  });

  test('has a mark that opens at its place', () => {
    const { bytes, image, frames } = headWith(100);
    const { markOffset, offset, hash } = frames[0]!;

    expect(openMark(scene.context, image.id, bytes, markOffset)).toMatchObject({
      frameOffset: offset,
      frameHash: hash,
    });
    expect(openMark(scene.context, image.id, bytes, offset)).toBeUndefined();
    expect(openMark(scene.context, image.id, bytes.subarray(0, markOffset + 20), markOffset)).toBeUndefined();
  });
});

describe('a journal', () => {
  test('is read to its end', () => {
    const { bytes, image, frames } = headWith(10, 5_000, 10);
    const end = frames[2]!.markOffset + PAGE_SIZE;

    expect(scanJournal(scene.context, image, bytes)).toEqual({ frames, marked: true, end, continues: false });
    const empty = headWith();
    const start = empty.image.header.journalStart;
    expect(scanJournal(scene.context, empty.image, empty.bytes)).toEqual({
      frames: [],
      marked: true,
      end: start,
      continues: false,
    });
  });

  test('may end in a frame without mark, and before one that was torn', () => {
    const { bytes, image, frames } = headWith(10, 5_000);
    const [first, last] = frames as [Frame, Frame];
    const unmarked = flip(bytes, last.markOffset + 3);
    expect(scanJournal(scene.context, image, unmarked)).toMatchObject({ frames, marked: false, continues: false });

    const torn = flip(unmarked, last.offset + 4_500);
    expect(scanJournal(scene.context, image, torn)).toMatchObject({ frames: [first], marked: true, continues: false });
  });

  test('that goes on behind a frame that does not open says so', () => {
    const { bytes, image, frames } = headWith(10, 5_000, 10);
    for (const [at, whole] of [
      [frames[0]!.offset + 3, 0],
      [frames[0]!.offset + 200, 0],
      [frames[1]!.offset + 3, 1],
      [frames[2]!.offset + 3, 2],
    ] as const) {
      const found = scanJournal(scene.context, image, flip(bytes, at));
      expect(found).toMatchObject({ continues: true, end: frames[whole]!.offset });
      expect(found.frames).toHaveLength(whole);
    }
  });

  test('goes on where a frame stands behind one that does not open, even if no mark is left', () => {
    const { bytes, image, frames } = headWith(10, 5_000);
    const [first, last] = frames as [Frame, Frame];
    const damaged = [first.offset + 3, first.markOffset + 3, last.markOffset + 3].reduce(flip, bytes);
    expect(scanJournal(scene.context, image, damaged)).toMatchObject({ frames: [], continues: true });
    expect(scanJournal(scene.context, image, flip(damaged, last.offset + 3))).toMatchObject({ continues: false });
  });

  test('takes no frame of another epoch, sequence or ancestry', () => {
    const place = { head: headIdOfEpoch(scene.context.keys, 3), writeNonce: noise(16), body: noise(10) };
    for (const change of [{ epoch: 4 }, { headSequence: 9 }, { previousHash: noise(32, 9) }]) {
      const { bytes, image } = headWith();
      const offset = image.header.journalStart;
      const right = { epoch: 3, headSequence: 8, previousHash: image.hash };
      bytes.set(
        sealFrame(scene.context, scene.context.entropy.draw(), { ...place, offset, ...right, ...change })!.bytes,
        offset,
      );

      expect(scanJournal(scene.context, image, bytes)).toMatchObject({ frames: [], continues: true, end: offset });
    }
  });
});
