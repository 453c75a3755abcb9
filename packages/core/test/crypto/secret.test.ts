import { inspect } from 'node:util';
import { Secret } from '../../src/crypto/secret.js';
import { pattern } from './suites.js';

test('a secret is revealed on demand, and shown nowhere else', () => {
  const secret = new Secret(pattern(32));
  expect(secret.reveal()).toEqual(pattern(32));
  expect(JSON.stringify({ secret })).toBe('{"secret":"[Secret]"}');
  expect(inspect(secret, { showHidden: true, getters: true })).toBe('Secret { [redacted] }');
  expect(Object.keys(secret)).toEqual([]);
});
