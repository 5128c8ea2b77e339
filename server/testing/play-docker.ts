import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerDetail, ImageDetail } from '../engine/schemas.ts';
import type { EngineDouble } from './engine.ts';
import type { MemorySupervisor } from './supervisor.ts';

/**
 * Gives the shells of the doubles a `docker` for work on the page: it hands its arguments to the double, which plays
 * `pull`, `run` and `commit` just well enough for tasks to be done.
 */
export async function playDocker(supervisor: MemorySupervisor, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  supervisor.onEngine = (engine) => {
    const own = join(folder, engine.id);
    const script = `#!/bin/sh\nexec curl -s --unix-socket ${engine.socketPath} http://engine/double/docker --data-binary "$*"\n`;
    const ready = mkdir(own, { recursive: true }).then(() => writeFile(join(own, 'docker'), script));
    void ready.then(() => chmod(join(own, 'docker'), 0o755));
    engine.shell = { file: 'bash', args: ['-c', `PATH=${own}:$PATH exec bash --norc`] };
    engine.onCommand = (line) => play(engine, line.split(' '));
  };
}

function play(engine: EngineDouble, [verb, ...words]: string[]): string {
  const names = words.filter((word) => !word.startsWith('-'));
  const last = names.at(-1) ?? '';
  if (verb === 'pull') addImage(engine, last, ['base']);
  else if (verb === 'commit') addImage(engine, last, ['base', `added ${last}`]);
  else if (verb === 'run') addContainer(engine, words);
  else return `docker ${verb ?? ''}: only pull, run and commit are played here\n`;
  engine.emit(verb === 'run' ? 'container' : 'image', verb);
  return `${last}\n`;
}

function addImage({ state }: EngineDouble, name: string, layers: string[]): void {
  const tag = name.includes(':') ? name : `${name}:latest`;
  const image: ImageDetail = {
    Id: `sha256:${tag}`,
    RepoTags: [tag],
    Comment: 'played',
    Author: 'played',
    Config: undefined,
    RootFS: { Layers: layers },
  };
  state.images.push(image);
}

function addContainer({ state }: EngineDouble, words: string[]): void {
  const at = words.indexOf('--name');
  const name = at === -1 ? `played_${state.containers.length}` : (words[at + 1] ?? '');
  const [image = '', ...command] = words.filter(
    (word, index) => !word.startsWith('-') && (at === -1 || index !== at + 1),
  );
  const container: ContainerDetail = {
    Id: name,
    Name: `/${name}`,
    Image: image,
    Path: command[0] ?? 'bash',
    Args: command.slice(1),
    State: { Status: 'exited', Running: false, ExitCode: 0 },
    Config: { Image: image, Env: [], Cmd: command, Entrypoint: [], Labels: {} },
  };
  state.containers.unshift(container);
}
