import { concat } from '../../../src/bytes/concat.js';
import { toHex } from '../../../src/bytes/hex.js';
import { padding } from '../../../src/crypto/chunk.js';
import { derive } from '../../../src/crypto/derive.js';
import { headIdOfEpoch, headIdOfSlot, newObjectId } from '../../../src/crypto/own-ids.js';
import { type BoxLabel, sealSalted } from '../../../src/crypto/salted-box.js';
import { type HeaderLabel, sealHeader } from '../../../src/crypto/sealed-header.js';
import { idBytes } from '../../../src/format/id-bytes.js';
import type { ObjectId } from '../../../src/format/ids.js';
import { LABELS } from '../../../src/format/labels.js';
import { sealForTwoKeys } from '../../crypto/poly1305.js';
import { pattern } from '../../crypto/suites.js';
import { type Fixture, turned } from '../fixture.js';
import { Maker, type Vector } from '../vector.js';

/** Sealed headers, salted boxes and padding. */
export function boxVectors(fixture: Fixture): Vector[] {
  return [...headers(fixture), ...twoKeys(fixture), ...boxes(fixture), ...paddings(fixture)];
}

function headerParts(parent: Uint8Array, label: HeaderLabel, id: ObjectId, bytes: Uint8Array) {
  return { keys: { parent: toHex(parent) }, input: { label: LABELS[label], id, bytes: toHex(bytes) } };
}

function headers({ suite, random, keys }: Fixture): Vector[] {
  const maker = new Maker('sealed-header');
  const parent = keys.subkey('headHeader');
  const id = headIdOfEpoch(keys, 1);
  const [salt, plain] = [random.bytes(32), random.bytes(432)];
  const sealed = sealHeader(suite, parent, 'headHeader', id, salt, plain);
  const opened = { plain: toHex(plain) };
  maker.good('head', 'The header of a head.', headerParts(parent, 'headHeader', id, sealed), opened);
  const own = random.bytes(32);
  const ofKey = sealHeader(suite, own, 'keyObjectHeader', id, salt, plain);
  maker.good('key-object', 'The header of a key object.', headerParts(own, 'keyObjectHeader', id, ofKey), opened);
  const regions = [
    ['salt', 0],
    ['commitment', 32],
    ['commitment-end', 63],
    ['ciphertext', 64],
    ['ciphertext-end', 495],
    ['tag', 496],
    ['tag-end', 511],
  ] as const;
  for (const [region, at] of regions) {
    const description = `One bit at ${at} (${region}) is turned over.`;
    maker.hostile(`turned-${region}`, description, headerParts(parent, 'headHeader', id, turned(sealed, at)));
  }
  const add = (name: string, description: string, parts: ReturnType<typeof headerParts>) => {
    maker.hostile(name, description, parts);
  };
  add('other-id', 'Sealed for another id.', headerParts(parent, 'headHeader', headIdOfEpoch(keys, 2), sealed));
  add(
    'other-label',
    'The header of a head, read as one of a key object.',
    headerParts(parent, 'keyObjectHeader', id, sealed),
  );
  add('other-key', 'Read under another key.', headerParts(own, 'headHeader', id, sealed));
  add('short', 'One byte is missing.', headerParts(parent, 'headHeader', id, sealed.subarray(0, 511)));
  add('long', 'One byte too many.', headerParts(parent, 'headHeader', id, concat(sealed, Uint8Array.of(0))));
  add('empty', 'Nothing at all.', headerParts(parent, 'headHeader', id, new Uint8Array(0)));
  add(
    'zeros',
    'Zeros, as a file system may leave them after a crash.',
    headerParts(parent, 'headHeader', id, new Uint8Array(512)),
  );
  return maker.vectors;
}

/** One ciphertext that verifies under two keys; the commitment is that of the first. */
function twoKeys({ suite, random, keys }: Fixture): Vector[] {
  const maker = new Maker('sealed-header');
  const id = headIdOfSlot(keys, 0);
  const salt = random.bytes(32);
  const parents = [random.bytes(32), random.bytes(32)] as const;
  const [first, second] = parents.map((parent) => derive(suite, parent, 'keyObjectHeader', idBytes(id), salt)) as [
    Uint8Array,
    Uint8Array,
  ];
  const [one, two] = [derive(suite, first, 'headerEncryption'), derive(suite, second, 'headerEncryption')];
  const sealed = sealForTwoKeys(suite, one, two, pattern(432));
  const commitment = suite.hmac(derive(suite, first, 'headerCommitment'), salt, sealed);
  const bytes = concat(salt, commitment, sealed);
  const plain = suite.open(one, new Uint8Array(12), new Uint8Array(0), sealed);
  if (plain === undefined) throw new Error('The ciphertext does not verify under the first key.');
  const description = 'Poly1305 verifies under two keys; the commitment is that of this one.';
  maker.good('two-keys-committed', description, headerParts(parents[0], 'keyObjectHeader', id, bytes), {
    plain: toHex(plain),
  });
  const other = 'Poly1305 verifies under this key too, but the commitment is that of another.';
  maker.hostile('two-keys-other', other, headerParts(parents[1], 'keyObjectHeader', id, bytes));
  return maker.vectors;
}

function boxes({ suite, random, keys }: Fixture): Vector[] {
  const maker = new Maker('salted-box');
  const context = random.bytes(37);
  const parts = (label: BoxLabel, place: Uint8Array, aad: Uint8Array, box: Uint8Array) => ({
    keys: { parent: toHex(keys.subkey(label)) },
    input: { label: LABELS[label], context: toHex(place), aad: toHex(aad), box: toHex(box) },
  });
  const none = new Uint8Array(0);
  const plain = random.bytes(50);
  const seal = (label: BoxLabel, content: Uint8Array, aad: Uint8Array = none) =>
    sealSalted(suite, keys.subkey(label), label, context, aad, random.bytes(32), content);
  const frame = seal('frame', plain);
  for (const label of ['checkpoint', 'frame', 'mark', 'lock'] as const) {
    const box = label === 'frame' ? frame : seal(label, plain);
    maker.good(label, `A box under the label of a ${label}.`, parts(label, context, none, box), {
      plain: toHex(plain),
    });
  }
  maker.good('empty', 'A box that holds nothing.', parts('mark', context, none, seal('mark', none)), { plain: '' });
  const aad = random.bytes(5);
  const bound = seal('frame', plain, aad);
  maker.good('additional-data', 'A box with additional data.', parts('frame', context, aad, bound), {
    plain: toHex(plain),
  });
  const add = (name: string, description: string, given: ReturnType<typeof parts>) => {
    maker.hostile(name, description, given);
  };
  for (const [region, at] of [
    ['salt', 0],
    ['ciphertext', 32],
    ['ciphertext-end', 81],
    ['tag', 82],
    ['tag-end', 97],
  ] as const) {
    add(
      `turned-${region}`,
      `One bit at ${at} (${region}) is turned over.`,
      parts('frame', context, none, turned(frame, at)),
    );
  }
  add('moved', 'The context is that of another place.', parts('frame', turned(context, 35), none, frame));
  add('other-label', 'A frame, read as a mark.', parts('mark', context, none, frame));
  add('other-data', 'The additional data are others.', parts('frame', context, turned(aad, 0), bound));
  add('no-data', 'The additional data are missing.', parts('frame', context, none, bound));
  add('short', 'The last byte is missing.', parts('frame', context, none, frame.subarray(0, -1)));
  add('shorter-than-overhead', 'Shorter than salt and tag.', parts('frame', context, none, frame.subarray(0, 47)));
  add('nothing', 'Nothing at all.', parts('frame', context, none, none));
  return maker.vectors;
}

function paddings({ random, keys, members, context }: Fixture): Vector[] {
  const maker = new Maker('padding');
  const id = newObjectId(keys, context.entropy);
  const add = (name: string, description: string, salt: Uint8Array) => {
    const parts = { keys: members, input: { id, salt: toHex(salt), length: 100 } };
    maker.good(name, description, parts, { bytes: toHex(padding(keys, idBytes(id), salt, 100)) });
  };
  add('write-once', 'Of a write-once object, which has no salt.', new Uint8Array(0));
  add('salted', 'Of an object whose id can be written again.', random.bytes(32));
  return maker.vectors;
}
