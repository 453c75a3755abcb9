import { demo } from './demo.js';

await demo(process);
