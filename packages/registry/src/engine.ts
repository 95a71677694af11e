export { EngineLife, type EngineLifeOptions, type Workload } from './engine/engine-life.js';
