import { bucketParameters, decodedPath } from '@infinitree/core';
import { invalid, type MinioOptions } from './options.js';

const FORM = 'A MinIO URL is "minio://host:port/bucket/prefix".';

/** What `minio://host:port/bucket/prefix` says. Secrets have no place in it: they come from the environment. */
export function optionsOfUrl(given: string | URL): MinioOptions {
  const url = parsed(given);
  if (url.protocol !== 'minio:' || url.username !== '' || url.password !== '' || url.hash !== '') throw invalid(FORM);
  const parameters = bucketParameters(url, ['region'], ['tls']);
  const [bucket = '', ...rest] = decodedPath(url).split('/');
  const port = url.port === '' ? undefined : Number(url.port);
  return { ...parameters, host: url.hostname, port, bucket, prefix: rest.join('/') };
}

function parsed(given: string | URL): URL {
  try {
    return new URL(given);
  } catch {
    // Neither the text nor the engine's error, which repeats it, is handed on: it may hold a secret, if by mistake.
    throw invalid(FORM);
  }
}
