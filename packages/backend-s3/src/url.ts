import { bucketParameters, decodedPath } from '@infinitree/core';
import { invalid, type S3Options } from './options.js';

/** What `s3://bucket/prefix?region=…&endpoint=…` says. Secrets have no place in it: they come from the environment. */
export function optionsOfUrl(given: string | URL): S3Options {
  const url = parsed(given);
  if (url.protocol !== 's3:' || url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '') {
    throw invalid('An S3 URL is "s3://bucket/prefix?region=…&endpoint=…".');
  }
  const parameters = bucketParameters(url, ['region', 'endpoint'], ['pathStyle']);
  return { ...parameters, bucket: url.hostname, prefix: decodedPath(url) };
}

function parsed(given: string | URL): URL {
  try {
    return new URL(given);
  } catch {
    // Neither the text nor the engine's error, which repeats it, is handed on: it may hold a secret, if by mistake.
    throw invalid('An S3 URL is "s3://bucket/prefix?region=…&endpoint=…".');
  }
}
