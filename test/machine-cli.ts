import { execFile } from 'node:child_process';
import path from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { findOracleTools } from './oracle/tools.ts';
import { settings } from './settings.ts';

/** What the CLI prints; rejects with it when it fails. */
export type DockerCli = (...args: string[]) => Promise<string>;

interface Where {
  /** Of the service. */
  readonly dataDir: string;
  /** Where the CLI keeps who is logged in. */
  readonly config: string;
}

const findProgram = () => findOracleTools(path.join(settings.dataDir, 'tools/docker'))?.docker;

/** Why there is no Docker CLI; null when there is one. */
export function dockerMissing(): string | null {
  return findProgram() === undefined ? 'There is no Docker CLI: run `npx slipway setup --tests`.' : null;
}

/** The real Docker CLI of this host on the machine that a browser's learner was given last. */
export async function dockerOf(context: BrowserContext, { dataDir, config }: Where): Promise<DockerCli> {
  const answer = await context.request.get('/api/sessions');
  const id = ((await answer.json()) as { id: string }[]).at(-1)?.id;
  const program = findProgram();
  if (id === undefined || program === undefined) throw new Error('There is no machine, or no Docker CLI.');
  const env = {
    ...process.env,
    DOCKER_HOST: `unix://${path.join(dataDir, 'sessions', id, 'engine.sock')}`,
    DOCKER_CONFIG: config,
    DOCKER_BUILDKIT: '0',
  };
  return (...args) =>
    new Promise((resolve, reject) => {
      execFile(program, args, { env }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${args.join(' ')}: ${stdout}${stderr}`));
        else resolve(stdout);
      });
    });
}
