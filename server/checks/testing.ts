import { expect, test } from 'vitest';
import { Check } from '../../lessons/checks.ts';
import type {
  Build,
  ContainerDetail,
  EngineEvent,
  FileInImage,
  ImageDetail,
  Transfer,
} from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import type { Fetched } from './fetch.ts';
import { judge } from './judge.ts';
import { familiarName } from './names.ts';

/** What a machine has, for tests of checks: everything else is not there. */
export interface World {
  images?: Partial<ImageDetail>[];
  containers?: (Partial<Omit<ContainerDetail, 'State' | 'Config'>> & {
    State?: Partial<ContainerDetail['State']>;
    Config?: Partial<ContainerDetail['Config']>;
  })[];
  changes?: Record<string, [path: string, kind: number][]>;
  files?: Record<string, Partial<FileInImage>>;
  expected?: string[];
  events?: [type: string, action: string, attributes: Record<string, string>, atMs?: number][];
  stepBegan?: number;
  history?: Record<string, string[]>;
  layersOfFile?: Record<string, boolean[]>;
  logs?: Record<string, string>;
  volumes?: string[];
  networks?: string[];
  /** What lies in the home and has no text to read. */
  entries?: Record<string, 'file' | 'folder' | 'other'>;
  home?: Record<string, string>;
  web?: Record<string, Partial<Fetched>>;
  hub?: Record<string, Record<string, string>>;
  /** Repositories of the hub: what is signed of each. */
  signed?: Record<string, { tags?: Record<string, string>; signers?: string[] } | Error>;
  says?: { exitCode?: number; output?: string; timedOut?: boolean };
  builds?: { tag: string; steps: [text: string, result: string][]; state?: string }[];
  pushes?: { reference: string; layers: string[]; state?: string }[];
}

const CONFIG = { Env: [], Cmd: [], Entrypoint: [], Labels: {} };

/** An engine that has what a test says. */
export function viewOf(world: World): EngineView {
  const images = (world.images ?? []).map((image): ImageDetail => ({
    Id: `sha256:${image.RepoTags?.[0] ?? 'none'}`,
    RepoTags: [],
    Config: { ...CONFIG, ...image.Config },
    RootFS: { Layers: ['base'] },
    ...image,
  }));
  const containers = (world.containers ?? []).map((container, index): ContainerDetail => ({
    Id: `c${index}`,
    Name: `/c${index}`,
    Image: `sha256:${familiarName(container.Config?.Image ?? 'debian')}`,
    Path: 'bash',
    Args: [],
    ...container,
    State: {
      Status: 'running',
      Running: container.State?.Status === undefined,
      ExitCode: 0,
      ...container.State,
    },
    Config: { ...CONFIG, Image: 'debian', ...container.Config },
  }));
  return {
    images: async () => images.map((image) => ({ ...image, Created: 0 })),
    findImage: async (reference) =>
      images.find(({ Id, RepoTags }) => Id === reference || RepoTags.includes(familiarName(reference))),
    containers: async () =>
      containers.map(({ Id, Name, Image, Config, State }) => ({
        Id,
        Names: [Name],
        Image: Config.Image ?? '',
        ImageID: Image,
        State: State.Status,
      })),
    findContainer: async (name) => containers.find(({ Id, Name }) => Id === name || Name === `/${name}`),
    changes: async (id) => {
      const name = containers.find(({ Id }) => Id === id)?.Name.slice(1) ?? '';
      return (world.changes?.[name] ?? []).map(([Path, Kind]) => ({ Path, Kind }));
    },
    findFile: async (image, path) => {
      const file = world.files?.[`${image} ${path}`];
      return file && { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, ...file };
    },
    history: async (reference) =>
      (world.history?.[reference] ?? []).map((CreatedBy) => ({
        Id: '',
        CreatedBy,
        Comment: '',
        Size: 0,
        Tags: [],
      })),
    logs: async ({ Name }) => world.logs?.[Name.slice(1)] ?? '',
    fileLayers: async (image, path) => world.layersOfFile?.[`${image} ${path}`] ?? [false, false],
    volumes: async () => world.volumes ?? [],
    networks: async () => world.networks ?? ['bridge', 'host', 'none'],
    readFile: async (path) => world.home?.[path],
    findEntry: async (path) =>
      world.entries?.[path] ?? (world.home?.[path] === undefined ? undefined : 'file'),
    fetch: async (port, path) => {
      const answer = world.web?.[`${port}${path}`];
      return answer && { status: 200, headers: {}, body: '', ...answer };
    },
    hub: (repository) =>
      Object.entries(world.hub ?? {})
        .filter(([name]) => name.split('/')[1] === repository)
        .map(([name, tags]) => ({
          name,
          tags: new Map(Object.entries(tags).map(([tag, digest]) => [tag, { digest }])),
          signed: async () => {
            const signed = world.signed?.[name];
            if (signed instanceof Error) throw signed;
            return (
              signed && { tags: new Map(Object.entries(signed.tags ?? {})), signers: signed.signers ?? [] }
            );
          },
        })),
    run: async () => ({ exitCode: 0, output: '', timedOut: false, ...world.says }),
    builds: () =>
      (world.builds ?? []).map(({ tag, steps, state = 'done' }, index): Build => ({
        id: String(index),
        state,
        tags: [tag],
        steps: steps.map(([text, result]) => ({ text, result })),
      })),
    transfers: () =>
      (world.pushes ?? []).map(({ reference, layers, state = 'done' }, index): Transfer => ({
        id: String(index),
        verb: 'push',
        reference,
        state,
        layers: layers.map((state) => ({ state })),
      })),
    isExpected: (name) => world.expected?.includes(name) ?? false,
    events: () =>
      (world.events ?? []).map(([Type, Action, Attributes, atMs = 1000]): EngineEvent => ({
        Type,
        Action,
        Actor: { ID: 'x', Attributes },
        timeNano: atMs * 1e6,
      })),
    stepBegan: world.stepBegan,
  };
}

const DEBIAN = { RepoTags: ['debian:latest'], RootFS: { Layers: ['base'] }, Size: 74_000_000 };
export const WEB = { RepoTags: ['web:1'], RootFS: { Layers: ['base', 'a', 'b'] }, Size: 80_000_000 };
const OTHER = { RepoTags: ['other:1'], RootFS: { Layers: ['x'] }, Size: 5_000_000 };
/** Of 74, 80 and 5 MB; `web:1` has two layers over its base, `other:1` shares none. */
export const IMAGES: World = { images: [DEBIAN, WEB, OTHER] };
export const DIGEST = `sha256:${'a'.repeat(64)}`;

/** A check of a kind, the world that it looks at, and a part of what it says there. */
export type Told = [
  what: string,
  check: Record<string, unknown>,
  world: World,
  passed: boolean,
  says: string,
];

/** Judges each; every kind has to be seen both passing and failing. */
export function judgesAsTold(told: readonly Told[]): void {
  test.each(told)('%s', async (_what, check, world, passed, says) => {
    const result = await judge(Check.parse(check), viewOf(world));
    expect(result.message).toContain(says);
    expect(result.passed).toBe(passed);
  });

  test('every kind here both passes and fails', () => {
    const kinds = (passed: boolean) =>
      new Set(told.filter((row) => row[3] === passed).map(([, check]) => String(check.kind)));
    expect(kinds(true)).toEqual(kinds(false));
  });
}
