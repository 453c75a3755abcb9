import { expect } from 'expect';
import { bind } from 'jest-each';

/**
 * What stands around the tests of a file: as much of Jest as these tests use, without a new realm for each file, in which
 * Jest spends ten times as long as a test that fails takes.
 */
let block;

export function installGlobals() {
  const test = (name, run) => block.tests.push({ name: fullName(block, name), run, block });
  const describe = (name, define) => {
    const outer = block;
    block = newBlock(fullName(outer, name), outer);
    define();
    outer.blocks.push(block);
    block = outer;
  };
  test.each = bind(test, false);
  describe.each = bind(describe, false);
  describe.skip = () => {};
  const beforeAll = (hook) => block.beforeAll.push(hook);
  const beforeEach = (hook) => block.beforeEach.push(hook);
  Object.assign(globalThis, { test, describe, beforeAll, beforeEach, expect });
}

const newBlock = (name, outer) => ({ name, outer, tests: [], blocks: [], beforeAll: [], beforeEach: [], ready: false });
const fullName = ({ name }, inner) => `${name} ${inner}`.trim();

/** The tests that are defined while `load` is awaited, in their order. */
export async function testsOf(load) {
  block = newBlock('');
  const root = block;
  await load();
  return flat(root);
}

const flat = ({ tests, blocks }) => [...tests, ...blocks.flatMap(flat)];

/** The blocks around a test, the outermost first. */
function around({ block }) {
  const blocks = [];
  for (let next = block; next !== undefined; next = next.outer) blocks.unshift(next);
  return blocks;
}

/** Runs what a test needs done once, where it was not yet, or `again`. */
export async function prepare(test, again) {
  for (const block of around(test)) {
    if (block.ready && !again) continue;
    for (const hook of block.beforeAll) await hook();
    block.ready = true;
  }
}

export async function runTest(test) {
  for (const { beforeEach } of around(test)) for (const hook of beforeEach) await hook();
  await test.run();
}
