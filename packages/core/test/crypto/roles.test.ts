// What a key is to be used for.
import { SoftwareResponder } from '@infinitree/testing';
import { credentialsOf, dropboxOf, Key, nextOf, roleOfKey } from '../../src/crypto/key.js';
import { pattern } from './suites.js';

const invalid = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });
const raw = (seed = 1) => Key.fromBytes(pattern(32, seed));

test('a key has the role that it was given, and no role as it was', () => {
  const key = raw();
  expect([key, Key.splitReader(key), Key.splitWriter(key)].map(roleOfKey)).toEqual(['all', 'reader', 'writer']);
  expect(credentialsOf(Key.splitReader(key))).toEqual(credentialsOf(key));
});

test('in a role it is the same key still', () => {
  expect(Key.splitReader(raw()).toBytes()).toEqual(pattern(32, 1));
  expect(Key.splitWriter(raw()).toText()).toBe(raw().toText());
  expect(nextOf(Key.splitReader(raw()))).toBeUndefined();
});

test('a key that is being changed has its role before and after', () => {
  const changing = Key.splitWriter(Key.changing(raw(1), raw(2)));
  const next = nextOf(changing)!;
  expect([roleOfKey(changing), roleOfKey(next)]).toEqual(['writer', 'writer']);
  expect(next.toBytes()).toEqual(pattern(32, 2));
});

test('a key has one role', () => {
  for (const give of [Key.splitReader, Key.splitWriter]) {
    for (const key of [Key.splitReader(raw()), Key.splitWriter(raw())]) expect(() => give(key)).toThrow(invalid);
    expect(() => give(Key.splitReader(raw()))).toThrow('has a role already');
    for (const none of [undefined, {}, 'key']) expect(() => give(none as unknown as Key)).toThrow(invalid);
  }
});

test('a key with a role, or one that asks somebody, finds no other one', () => {
  const responder = new SoftwareResponder(pattern(20));
  const finders = [
    Key.splitReader(raw()),
    Key.changing(raw(1), raw(2)),
    Key.fromChallengeResponse(responder, { finder: raw() }),
  ];
  for (const finder of finders) {
    expect(() => Key.fromChallengeResponse(responder, { finder })).toThrow(invalid);
    expect(() => Key.fromChallengeResponse(responder, { finder })).toThrow('from a password or from bytes');
  }
});

test('only the key of a dropbox holds one', () => {
  expect(dropboxOf(raw())).toBeUndefined();
  for (const text of ['', raw().toText(), undefined]) {
    expect(() => Key.dropbox(text as string)).toThrow(invalid);
  }
});

test('generated passwords are five groups of five small letters and digits', () => {
  const passwords = Array.from({ length: 20 }, () => Key.generatePassword());
  for (const password of passwords) expect(password).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){4}$/);
  expect(new Set(passwords).size).toBe(20);
});
