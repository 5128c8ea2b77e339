import type { Row } from './row.ts';
import { ARCHIVES } from './rows/archive.ts';
import { COMPOSE } from './rows/compose.ts';
import { BUILD } from './rows/build.ts';
import { CONTAINERS } from './rows/containers.ts';
import { DATA } from './rows/data.ts';
import { DOCKERFILE } from './rows/dockerfile.ts';
import { EDGES } from './rows/edges.ts';
import { HEALTH } from './rows/health.ts';
import { IMAGES } from './rows/images.ts';
import { LISTS } from './rows/list.ts';
import { NETWORKS } from './rows/networks.ts';
import { PRUNE } from './rows/prune.ts';
import { RUN } from './rows/run.ts';
import { SYSTEM } from './rows/system.ts';
import { WORDS } from './rows/words.ts';

/** The table. A new row is one line in the file of its topic. */
export const ROWS: readonly Row[] = [
  ...RUN,
  ...CONTAINERS,
  ...LISTS,
  ...IMAGES,
  ...ARCHIVES,
  ...BUILD,
  ...DOCKERFILE,
  ...DATA,
  ...EDGES,
  ...COMPOSE,
  ...HEALTH,
  ...NETWORKS,
  ...PRUNE,
  ...SYSTEM,
  ...WORDS,
];
