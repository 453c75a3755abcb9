export { backendSuite } from './backend-suite.js';
export { TestClock } from './clock.js';
export { FailingBackend, type LogEntry } from './failing-backend.js';
export { type Failure } from './failure-plan.js';
export { SeededRandom, withSeed } from './seeded-random.js';
export type { BackendTarget, OpenedBackend, TestRunner } from './suite/runner.js';
export type { Verb } from './verbs.js';
