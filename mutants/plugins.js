import { relative } from 'node:path';
import { declareClassPlugin, declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { RoomRunner } from './runner.js';

/** Functions of the rooms that make an error of the words they are given. */
const ERRORS = new Set([
  'InfinitreeError',
  'UnknownOutcome',
  'conflict',
  'corrupt',
  'damagedObject',
  'malformed',
  'refused',
]);

/** What an error says is for people, and tests hold its code: so the words of an error are not mutated. */
const messages = {
  shouldIgnore(path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
    // A long message is put together of several.
    let { node, parentPath } = path;
    while (parentPath?.isBinaryExpression()) ({ node, parentPath } = parentPath);
    const { callee, arguments: given } = parentPath?.node ?? {};
    const name = callee?.name ?? callee?.property?.id?.name;
    if (!ERRORS.has(name) || (name === 'InfinitreeError' && given[0] === node)) return undefined;
    return 'The words of an error';
  },
};

/** Prints each mutant that was not noticed as soon as that is known, and how far it got. */
class Survivors {
  #planned = 0;
  #done = 0;

  onMutationTestingPlanReady({ mutantPlans }) {
    this.#planned = mutantPlans.length;
  }

  onMutantTested({ status, fileName, location, mutatorName, replacement, static: fixed, statusReason }) {
    this.#done += 1;
    if (this.#done % 100 === 0) console.log(`${this.#done} of ${this.#planned}`);
    if (status === 'Killed' || status === 'Ignored') return;
    const place = `${relative('packages/core/src', fileName)}:${location.start.line}:${location.start.column + 1}`;
    const why = status === 'Survived' ? '' : ` (${statusReason})`;
    console.log(`${status}${fixed ? ' (static)' : ''} ${place} ${mutatorName} -> ${replacement}${why}`);
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'room', RoomRunner),
  declareValuePlugin(PluginKind.Ignore, 'messages', messages),
  declareClassPlugin(PluginKind.Reporter, 'survivors', Survivors),
];
