import { describe, test } from 'vitest';
import { registryConformance } from '../sandbox/registry/conformance.ts';
import { findDockerRegistry, startDockerRegistry } from '../sandbox/registry/testing/docker-registry.ts';
import { settings } from './settings.ts';

const program = findDockerRegistry(settings.dataDir);

if (program === undefined) {
  describe('docker-registry', () => {
    const reason = 'There is no docker-registry: run `npx slipway setup --tests`.';
    if (settings.ci) test('is there', () => Promise.reject(new Error(reason)));
    else test.skip(reason);
  });
} else {
  registryConformance('the reference implementation', {
    start: () => startDockerRegistry(program),
    // Version 2.8 is older than these parts of the specification.
    lacks: [
      'anonymous-mount',
      'chunk-order',
      'post-blob',
      'referrers',
      'tag-delete',
      'tag-pages',
      'tag-parameter',
    ],
  });
}
