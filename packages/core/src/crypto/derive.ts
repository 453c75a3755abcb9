import { toUtf8 } from '../bytes/utf8.js';
import { LABELS, type Label } from '../format/labels.js';
import type { Primitives } from './primitives.js';

// The zero byte ends the label, so that no label and context can be read as another label and context.
const ENCODED = Object.fromEntries(Object.entries(LABELS).map(([name, text]) => [name, toUtf8(`${text}\0`)])) as Record<
  Label,
  Uint8Array
>;

/** A label as it stands in front of what it is for. Not to be changed. */
export function encodedLabel(label: Label): Uint8Array {
  return ENCODED[label];
}

/**
 * A key or identifier from another: HMAC-SHA-256(parent, label ‖ 0x00 ‖ context), 32 bytes.
 *
 * The parts of the context stand behind one another without separators: under one label, all of them but the last have
 * a fixed length. One HMAC rather than HKDF, whose extract step gains nothing from parents that are uniform already.
 */
export function derive(
  suite: Pick<Primitives, 'hmac'>,
  parent: Uint8Array,
  label: Label,
  ...context: readonly Uint8Array[]
): Uint8Array {
  return suite.hmac(parent, ENCODED[label], ...context);
}
