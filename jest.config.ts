/** @jest-config-loader esbuild-register */
// The line above lets Node 20 read this file: jest's own TypeScript loader needs a newer Node.
import { availableParallelism } from 'node:os';
import type { Config } from 'jest';

// The AWS SDK tells every worker that a later version of it will want a later Node.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

type SwcTransform = Record<string, unknown>;

// swc only strips types; `npm run lint` is what checks them.
const swc = (transform: SwcTransform): [string, Record<string, unknown>] => [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { useDefineForClassFields: true, ...transform },
      keepClassNames: true,
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const project = (displayName: string, testMatch: string[], ignored: string, transform: SwcTransform) => ({
  displayName,
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ignored],
  modulePathIgnorePatterns: ['/dist/'],
  testEnvironment: 'node',
  roots: ['<rootDir>/packages', '<rootDir>/examples', '<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc(transform) },
  moduleNameMapper: {
    // Tests run against the sources, so that no build has to come first.
    '^@infinitree/example-([^/]+)$': '<rootDir>/examples/$1/src/index.ts',
    '^@infinitree/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

const config: Config = {
  testTimeout: 30_000,
  // Modules of test files that have run are never collected, so processes are replaced as they grow. Jest replaces none
  // where there is only one, which then spends its time collecting garbage.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  workerIdleMemoryLimit: '1GB',
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  coverageProvider: 'babel',
  coverageReporters: ['text', 'lcov'],
  coverageThreshold: {
    global: {},
    './packages/core/src/': { branches: 95 },
    './packages/schema/src/': { branches: 95 },
  },
  projects: [
    project(
      'standard',
      ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
      '\\.legacy\\.test\\.ts$',
      { decoratorVersion: '2022-03' },
    ),
    // The schema tests once more, compiled with the decorators of `experimentalDecorators`.
    {
      ...project('legacy', ['packages/schema/test/**/*.test.ts'], '\\.standard\\.test\\.ts$', {
        legacyDecorator: true,
        decoratorMetadata: true,
      }),
      // Compiled like this, other packages have their branches at other places, which would count as never taken.
      coveragePathIgnorePatterns: ['/node_modules/', '/packages/(?!schema/)'],
    },
  ],
};

export default config;
