import { registryConformance } from '../conformance.ts';
import { startRegistry } from '../testing/server.ts';

registryConformance('our registry', { start: () => startRegistry() });
