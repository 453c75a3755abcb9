import { Key, type KmsProvider, type NamedFinder } from '@infinitree/core';
import { SoftwareResponder } from '@infinitree/testing';
import { bytesOf, type JsonObject } from './vector.js';

/**
 * The key that the members of a vector stand for: `bytes` or, as what finds it, a `username`; with `wrapped`, the secret that a
 * KMS has wrapped; with `device`, the secret of a device that answers challenges.
 */
export function keyOfMembers(keys: JsonObject, input: JsonObject = {}): Key {
  const named = input['finder'] as NamedFinder | undefined;
  const finder = named ?? Key.fromBytes(bytesOf(keys, 'bytes'));
  if (keys['device'] !== undefined) {
    return Key.fromChallengeResponse(new SoftwareResponder(bytesOf(keys, 'device')), { finder });
  }
  if (keys['wrapped'] !== undefined) return Key.fromKms(answering(bytesOf(keys, 'wrapped')), { finder });
  return finder as Key;
}

/** A KMS that has wrapped one secret, whatever it is shown. */
function answering(secret: Uint8Array): KmsProvider {
  const unwrap = () => Promise.resolve(secret.slice());
  return { keyId: 'of a vector', wrap: () => Promise.reject(new Error('Nothing is wrapped here.')), unwrap };
}
