// What must and must not compile when a tree is read and changed. Only checked, never run.
import {
  type BlobRef,
  type DeepReadonly,
  Infinitree,
  type InfinitreeError,
  type Key,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';

interface Plant {
  id: number;
  tags: string[];
  at: { x: number }[];
}
class User {
  #n = 1;
  constructor(public name: string) {}
  bump(): void {
    this.#n++;
    this.name = `${this.name}${this.#n}`;
  }
}
type Json = string | number | boolean | null | Json[] | { [k: string]: Json };

@Index()
class Garden {
  @Field() one = new Serialized<Plant>({ id: 1, tags: [], at: [] });
  @Field({ strategy: 'sparse' }) plants = new VersionedMap<number, Plant>();
  @Field({ strategy: 'sparse' }) json = new VersionedMap<string, Json>();
  @Field({ type: User }) users = new VersionedMap<string, User>();
  @Field() photos = new VersionedMap<string, BlobRef>();
  @Field() tuples = new VersionedMap<readonly [string, number], Date>();
  plain = 3;
}

declare const options: { backend: string; key: Key };

export async function values(): Promise<void> {
  const { index } = await Infinitree.open(Garden, options);
  // @ts-expect-error: possibly undefined
  index.plants.get(1).id satisfies number;
  // @ts-expect-error: read-only
  index.plants.get(1)!.id = 9;
  // @ts-expect-error: read-only, deep
  index.plants.get(1)!.at[0]!.x = 9;
  // @ts-expect-error: a read-only array
  index.plants.get(1)!.tags.push('a');
  // @ts-expect-error: read-only in a cell
  index.one.value.id = 2;
  // @ts-expect-error: read-only in an iteration
  for (const [, plant] of index.plants) plant.id = 3;
  // @ts-expect-error: read-only in the argument of update
  index.plants.update(1, (old) => Object.assign(old, (old.id = 2)));
  // @ts-expect-error: update returns the new value
  index.plants.update(1, () => undefined);
  // @ts-expect-error: the size is not to be set
  index.plants.size = 1;
  // @ts-expect-error: the state is not to be set
  index.plants.state = 'loaded';
  // @ts-expect-error: another value type
  index.plants.set(1, { id: 'x', tags: [], at: [] });
  // @ts-expect-error: another key type
  index.plants.set('x', { id: 1, tags: [], at: [] });
  // @ts-expect-error: dates are no keys
  new VersionedMap<Date, string>().clear();
  // @ts-expect-error: a class with a private member cannot be had back as itself
  const user: User = index.users.get('a')!;
  user.bump();
  // @ts-expect-error: deletion is blind and cannot tell
  const tells: (id: number) => boolean = index.plants.delete;
  tells(1);

  index.one.value = { id: 1, tags: [], at: [] };
  index.one.value = index.one.value;
  index.users.set('b', index.users.get('a')!);
  index.plants.set(2, index.plants.get(1)!).set(3, { id: 3, tags: ['a'], at: [] });
  index.plants.update(1, (old) => ({ ...old, id: 2 })) satisfies DeepReadonly<Plant> | undefined;
  index.plants.insert(1, { id: 1, tags: [], at: [] }) satisfies DeepReadonly<Plant>;
  index.plants.retain((id, plant) => id > plant.id);
  index.plants.forEach((plant, id) => plant.id > id);
  index.json.get('a') satisfies DeepReadonly<Json> | undefined;
  index.tuples.set(['a', 1], new Date());
  index.plants.state satisfies 'loaded' | 'partial' | 'none';
  // What no type can prevent, for lack of a deep readonly assignability; freezing throws at run time.
  const leak: { id: number } = index.plants.get(1)!;
  leak.id = 9;
  index.users.get('a')!.bump();
}

export async function withoutLoading(): Promise<void> {
  const tree = await Infinitree.open(Garden, options);
  for await (const [id, plant] of tree.entries('plants', {
    gte: 1,
    lt: 9,
    reverse: true,
    limit: 3,
    where: (one) => (one > 2 ? 'take' : 'skip'),
  })) {
    id satisfies number;
    plant satisfies DeepReadonly<Plant>;
    // @ts-expect-error: read-only
    plant.id = 1;
  }
  for await (const [id, nothing] of tree.entries('plants', { keysOnly: true })) {
    id satisfies number;
    nothing satisfies undefined;
  }
  for await (const [name, json] of tree.entries('json')) {
    name satisfies string;
    json satisfies DeepReadonly<Json>;
  }
  (await tree.get('plants', 1))?.id satisfies number | undefined;
  (await tree.getMany('photos', ['a']))[0]?.size satisfies number | undefined;
  (await tree.getMany('plants', new Set([1]))) satisfies (DeepReadonly<Plant> | undefined)[];
  (await tree.get('tuples', ['a', 1])) satisfies Date | undefined;
  (await tree.has('plants', 1)) satisfies boolean;
  // @ts-expect-error: another key type
  await tree.get('plants', 'x');
  // @ts-expect-error: another key type
  await tree.getMany('plants', ['x']);
  // @ts-expect-error: another key type
  await tree.has('plants', 'x');
  // @ts-expect-error: another key type
  tree.entries('plants', { gte: 'x' });
  // @ts-expect-error: a stored or unknown name
  await tree.get('last_time2', 1);
  // @ts-expect-error: a cell has no entries
  tree.entries('one');
  // @ts-expect-error: a cell has no keys
  await tree.get('one', []);
  // @ts-expect-error: no field
  tree.entries('plain');
  // @ts-expect-error: no verdict
  tree.entries('plants', { where: () => 'maybe' });
  // @ts-expect-error: no option
  tree.entries('plants', { gt: 1 });
}

export async function loading(): Promise<void> {
  const tree = await Infinitree.open(Garden, options);
  await tree.load();
  await tree.load('plants', 'photos');
  await tree.load('plants', { where: (id) => id > 3 });
  await tree.load('plants', 'photos', { signal: AbortSignal.timeout(1) });
  await tree.load({ commits: { upTo: 'HEAD~1' }, onProgress: ({ done }) => done.toFixed() });
  await tree.load({ commits: { range: ['HEAD~2', new Date()] } });
  // @ts-expect-error: no field
  await tree.load('plain');
  // @ts-expect-error: a stored or unknown name
  await tree.load('last_time2');
  // @ts-expect-error: another key type
  await tree.load('plants', { where: (id) => id.startsWith('x') });
  // @ts-expect-error: no commit filter
  await tree.load({ commits: 'HEAD' });
}

export async function history(): Promise<void> {
  const tree = await Infinitree.open(Garden, options);
  const commit = await tree.commit('m', { data: { a: 1 }, mode: 'always' });
  commit satisfies { id: string; sequence: number; time: Date; message: string; data: unknown } | undefined;
  commit?.parent satisfies string | undefined;
  await tree.commit({ message: 'm', signal: AbortSignal.timeout(1) });
  await tree.commit();
  // @ts-expect-error: a commit is read-only
  commit!.message = 'other';
  // @ts-expect-error: the message is given once
  await tree.commit('m', { message: 'n' });
  // @ts-expect-error: an unknown mode
  await tree.commit({ mode: 'never' });
  (await tree.commits())[0]?.id satisfies string | undefined;
  for await (const { sequence } of tree.log()) sequence satisfies number;
  (await tree.refresh())?.id satisfies string | undefined;

  await using past = await tree.at('HEAD~1');
  past.index.plants.get(1)?.id satisfies number | undefined;
  await past.load('plants', { where: (id) => id > 3 });
  (await past.get('plants', 1))?.id satisfies number | undefined;
  for await (const [id] of past.entries('plants', { keysOnly: true })) id satisfies number;
  (await past.commits()).length satisfies number;
  await (await tree.at(commit!)).close();
  await (await tree.at(new Date(), { signal: AbortSignal.timeout(1) })).close();
  // @ts-expect-error: a view makes no commits
  await past.commit();
  // @ts-expect-error: no reference
  await tree.at(5);
}

export async function errors(error: InfinitreeError): Promise<void> {
  error.code satisfies `INFINITREE_${string}`;
  error.retryable satisfies boolean;
  // @ts-expect-error: no code of ours
  if (error.code === 'ENOENT') return;
  if (error.code === 'INFINITREE_COMMIT_UNKNOWN') (await error.resolve?.())?.id satisfies string | undefined;
}
