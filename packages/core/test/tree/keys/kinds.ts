import { Key, type KmsProvider, type Responder } from '@infinitree/core';
import { FakeKms, SoftwareResponder } from '@infinitree/testing';

/** A kind of key, as the matrix tries it. All of them have the same finder, so that nothing but the kind tells them apart. */
export interface KeyKind {
  readonly key: Key;
  /** Others of the same kind: found elsewhere, or found alike and answered for by somebody else. */
  readonly wrong: readonly Key[];
  /** The same key where whoever has to be asked for it does not do what he should; `undefined` where nobody is asked. */
  readonly asking: Asking | undefined;
}

export interface Asking {
  /** Made without anybody to ask. */
  readonly missing: () => Key;
  readonly throwing: Key;
  readonly denied: Key;
  readonly hanging: Key;
}

/** Each kind of key, by the name that `keys.list()` has for it. A new one is a row here. */
export function keyKinds(): Readonly<Record<string, KeyKind>> {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
  const finder = Key.fromBytes(bytes);
  return {
    password: oneStage(Key.fromCredentials('ada', 'a long enough password'), [
      Key.fromCredentials('ada', 'a long enough Password'),
    ]),
    raw: oneStage(Key.fromBytes(bytes), [Key.random()]),
    kms: kms(finder),
    'challenge-response': challengeResponse(finder),
  };
}

function oneStage(key: Key, wrong: readonly Key[]): KeyKind {
  return { key, wrong, asking: undefined };
}

function kms(finder: Key): KeyKind {
  const service = new FakeKms();
  const from = (provider: KmsProvider, found = finder) => Key.fromKms(provider, { finder: found });
  const keyId = 'the key of the tree';
  const both = (call: () => Promise<never>) => from({ keyId, wrap: call, unwrap: call });
  const denying = new FakeKms();
  for (const verb of ['wrap', 'unwrap'] as const) denying.allow(verb, false);
  return {
    key: from(service.provider(keyId)),
    wrong: [from(service.provider('another key')), from(service.provider(keyId), Key.random())],
    asking: {
      missing: () => from(undefined as unknown as KmsProvider),
      throwing: both(() => Promise.reject(new TypeError('a mistake in the provider'))),
      denied: from(denying.provider(keyId)),
      hanging: both(never),
    },
  };
}

function challengeResponse(finder: Key): KeyKind {
  const device = new SoftwareResponder(new Uint8Array(20).fill(1));
  const another = new SoftwareResponder(new Uint8Array(20).fill(2));
  const from = (responder: Responder, found = finder) => Key.fromChallengeResponse(responder, { finder: found });
  const denying = new FakeKms();
  denying.allow('unwrap', false);
  return {
    key: from(device),
    wrong: [from(another), from(device, Key.random())],
    asking: {
      missing: () => from(undefined as unknown as Responder),
      throwing: from({ respond: () => Promise.reject(new TypeError('a mistake in the responder')) }),
      denied: from({ respond: (challenge, call) => denying.provider().unwrap(challenge, { context: {}, ...call }) }),
      hanging: from({ respond: never }),
    },
  };
}

const never = () => new Promise<never>(() => undefined);
