import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type Cancel, isObjectId, type ObjectId } from '@infinitree/core';
import { abortable } from './reading.js';
import type { Store } from './store.js';
import { strange } from './trouble.js';

/** Every id under the prefix, page by page. What lies deeper belongs to others, and is not walked through. */
export async function* listObjects(store: Store, what: string, options: Cancel | undefined): AsyncIterable<ObjectId> {
  let token: string | undefined;
  do {
    const page = await store.gate.call(what, options, () => pageAt(store, what, token, options));
    for (const id of page.ids) {
      store.gate.step(what, options);
      yield id;
    }
    token = page.next;
  } while (token !== undefined);
}

async function pageAt(store: Store, what: string, token: string | undefined, options: Cancel | undefined) {
  const { bucket, prefix } = store.settings;
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    Delimiter: '/',
    ...(token === undefined ? {} : { ContinuationToken: token }),
  });
  const answer = await store.gate.request(() => store.clients.patient.send(command, abortable(options)));
  const { IsTruncated: more, NextContinuationToken: next, Contents: contents = [] } = answer;
  // An error that comes with a status of success would look like the end of the list.
  if (more === undefined || (more && (next === undefined || next === token))) {
    throw strange(what, `${bucket}/${prefix}`, 'the answer is not that of an object store');
  }
  const ids = contents.map(({ Key = '' }) => Key.slice(prefix.length)).filter((name) => isObjectId(name));
  return { ids, next: more ? next : undefined };
}
