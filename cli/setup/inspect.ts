import { join } from 'node:path';

import { largeImages, smallImages } from './catalog.ts';
import type { SetupContext } from './context.ts';
import { exists } from './folder.ts';
import { packagesStep } from './packages.ts';
import { oracleStep } from './tools.ts';
import { workbenchHash, workbenchStep } from './workbench.ts';

export interface PartState {
  readonly name: string;
  readonly ready: boolean;
  /** Machines can be made without it. */
  readonly optional: boolean;
}

/** What of the set-up is there. Builds and fetches nothing. */
export async function inspectSetup(context: SetupContext): Promise<PartState[]> {
  const folder = (name: string): string => join(context.data, name);
  const workbench = await workbenchHash(context.project);
  const steps = [
    packagesStep(context, { tests: false }),
    workbenchStep(context, folder('workbench'), workbench),
    ...smallImages(context, folder('catalog')),
    ...largeImages(context, folder('catalog')),
  ];
  const states = steps.map(async (step) => ({
    name: step.title,
    ready: await step.isDone(),
    optional: false,
  }));
  const links = { 'Session runtime': 'runtime/current', 'Server and page': 'app/current' };
  const linked = Object.entries(links).map(async ([name, path]) => ({
    name,
    ready: await exists(folder(path)),
    optional: false,
  }));
  const oracle = oracleStep(context);
  const forTests = { name: oracle.title, ready: await oracle.isDone(), optional: true };
  return [...(await Promise.all([...states, ...linked])), forTests];
}
