import { VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';
import { Counter } from './counter.js';
import { apartAbove } from './large-apart.js';

/** Pictures, and how often they were looked at. */
@Index()
export class Gallery {
  @Field({ strategy: apartAbove(1024 * 1024) }) pictures = new VersionedMap<string, Uint8Array>();
  @Field() views = new Counter();
}
