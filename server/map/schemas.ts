import * as z from 'zod';
import type { LayerFiles } from '../../sandbox/engine/routes.ts';

/** What the engine answers, as far as the map looks at it: learner input, bounded in number and length. */

const text = (max: number) => z.string().transform((value) => value.slice(0, max));
const NAME_MAX = 256;
const COMMAND_MAX = 200;
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const id = z.string().regex(/^[0-9a-f]{64}$/);
const few = <T extends z.ZodType>(item: T, max: number) =>
  z
    .array(item)
    .nullish()
    .transform((items) => (items ?? []).slice(0, max));

export const Images = z.object({
  images: z
    .array(
      z.object({
        id: digest,
        parent: z.union([digest, z.literal('')]),
        tags: few(text(NAME_MAX), 100),
        digests: few(text(NAME_MAX), 20),
        created: z.number(),
      }),
    )
    .max(500),
});
export type ShownImage = z.infer<typeof Images>['images'][number];

export const Stacks = z
  .array(
    z.object({
      id: digest,
      container: z.string().max(64),
      layers: z
        .array(
          z.object({
            chainId: digest,
            diffId: digest,
            size: z.number().min(0),
            createdBy: text(COMMAND_MAX),
          }),
        )
        .max(128),
    }),
  )
  .max(100);
export type Stack = z.infer<typeof Stacks>[number];

export const Containers = z
  .array(
    z.object({
      Id: id,
      Names: few(text(NAME_MAX), 1),
      Image: text(NAME_MAX),
      ImageID: z.string().max(80),
      Command: text(COMMAND_MAX),
      State: z.string().max(20),
      Status: z.string().max(200),
      Ports: few(
        z.object({
          PrivatePort: z.number(),
          PublicPort: z.number().nullish(),
          Type: z.string().max(10),
        }),
        50,
      ),
      NetworkSettings: z
        .object({
          Networks: z.record(z.string(), z.object({ IPAddress: z.string().max(64).nullish() })).nullish(),
        })
        .nullish(),
      Mounts: few(
        z.object({
          Type: z.string().max(20),
          Name: text(NAME_MAX).nullish(),
          Source: text(NAME_MAX).nullish(),
          Destination: text(NAME_MAX),
        }),
        50,
      ),
    }),
  )
  .transform((all) => all.slice(0, 300));
export type Container = z.infer<typeof Containers>[number];

export const Volumes = z.object({
  Volumes: few(z.object({ Name: text(NAME_MAX), Driver: text(40) }), 300),
});

export const Networks = z
  .array(
    z.object({
      Id: id,
      Name: text(NAME_MAX),
      Driver: text(40),
      IPAM: z.object({ Config: few(z.object({ Subnet: z.string().max(64).nullish() }), 4) }).nullish(),
    }),
  )
  .transform((all) => all.slice(0, 100));

const difference = z.object({
  files: z.array(z.object({ path: text(300), change: z.enum(['added', 'changed', 'deleted']) })).max(20),
  total: z.int().min(0),
});

const recordId = z.string().regex(/^[\w-]{1,40}$/);
const number = z.number().min(0);
const state = z.enum(['running', 'done', 'failed']);

export const Activity = z.union([
  z.object({
    transfer: z.object({
      id: recordId,
      verb: z.enum(['pull', 'push']),
      reference: text(NAME_MAX),
      registry: text(NAME_MAX),
      startedAt: number,
      state,
      layers: z
        .array(
          z.object({
            id: z.string().regex(/^[0-9a-f]{12}$/),
            state: z.enum(['waiting', 'travelling', 'there', 'mounted', 'done']),
            current: number,
            total: number,
          }),
        )
        .max(128),
    }),
  }),
  z.object({
    build: z.object({
      id: recordId,
      startedAt: number,
      durationMs: number,
      state,
      tags: few(text(NAME_MAX), 8),
      noCache: z.boolean(),
      image: z.union([digest, z.literal('')]),
      error: text(300),
      steps: z
        .array(
          z.object({
            number,
            text: text(300),
            result: z.enum(['none', 'base', 'cached', 'made']),
            durationMs: number,
            size: number,
            image: z.union([digest, z.literal('')]),
            difference: difference.exactOptional(),
          }),
        )
        .max(200),
      total: number,
    }),
  }),
]);
export type Activity = z.infer<typeof Activity>;

export const Files = z.object({
  diffId: digest.transform((value) => value as LayerFiles['diffId']),
  files: z
    .array(
      z.object({
        path: text(1000),
        change: z.enum(['added', 'changed', 'deleted']),
        kind: z.enum(['file', 'folder', 'link', 'other']),
        size: number,
        hides: number,
      }),
    )
    .max(10_000),
  total: number,
  hiddenBytes: number,
});

export const Documents = z
  .array(
    z.object({
      kind: z.enum(['index', 'manifest']),
      digest,
      names: few(text(NAME_MAX), 20),
      text: z.string(),
    }),
  )
  .transform((documents) => documents.slice(0, 8));

export const StoredConfig = z.record(z.string(), z.unknown());

export const Steps = z
  .array(z.object({ CreatedBy: text(1000), Size: number, Comment: text(300) }))
  .transform((steps) => steps.slice(0, 300));

/** `Kind`: 0 changed, 1 added, 2 deleted. */
export const Changes = z
  .array(z.object({ Path: text(1000), Kind: z.union([z.literal(0), z.literal(1), z.literal(2)]) }))
  .nullish()
  .transform((changes) => changes ?? []);

export const Sized = z.object({ SizeRw: number.nullish() });

const imageId = digest;
export const FilesQuestion = z.strictObject({ image: imageId, layer: z.int().min(0).max(200) });
export const ImageQuestion = z.strictObject({ image: imageId });
export const ContainerQuestion = z.strictObject({ container: id });
