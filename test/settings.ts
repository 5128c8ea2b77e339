import { existsSync } from 'node:fs';
import path from 'node:path';

/** What the system tests take from the environment; no other test file reads it. */
export const settings = {
  /** The project's folder, also when this is bundled into `dist`. */
  project: findProject(import.meta.dirname),
  /** Where `slipway` keeps runtime, workbench, catalog and the tools of the tests. */
  dataDir: process.env.DATA_DIR ?? '/var/lib/slipway',
  /** In continuous integration a system test that cannot run is a failure. */
  ci: process.env.CI === 'true',
  /** The long forms of tests that repeat something many times. */
  long: process.env.LONG === '1',
  /** `self` compares dockerd with a second dockerd: what differs then is the normaliser's fault. */
  oracle: process.env.ORACLE === 'self' ? 'self' : 'slipway',
  /** Only rows of the oracle's table whose title contains this. */
  rows: process.env.ROWS ?? '',
  /** `SCREEN=1` makes the lesson's test renew docs/screen.png. */
  screen: process.env.SCREEN === '1',
} as const;

function findProject(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : findProject(path.dirname(folder));
}
