import * as z from 'zod';
import { imageReference, repository, text } from './check-values.ts';

/** Conditions on what is in a registry, and on how it came there. */

const registryTag = z.strictObject({
  kind: z.literal('registry-tag'),
  /** `hub`: the lab's, in a name of the learner; else one in the machine, such as `localhost:5000`. */
  registry: z
    .string()
    .regex(/^(?:hub|(?:localhost|127\.0\.0\.1):\d{1,5})$/, 'must be hub or localhost:PORT')
    .default('hub'),
  /** On the hub without the learner's name: `web` for `anna/web`. */
  repository,
  tag: z.string().min(1).optional(),
  present: z.boolean().default(true),
  /** The tag stands for what this image of the machine was pushed or pulled as. */
  'same-as': imageReference.optional(),
});

const signedTag = z.strictObject({
  kind: z.literal('signed-tag'),
  /** On the hub, without the learner's name: `will` for `anna/will`. */
  repository,
  tag: z.string().min(1).optional(),
  present: z.boolean().default(true),
  /** Somebody who may sign beside the owner, as `docker trust signer add` names them. */
  signer: text.optional(),
  /** Whether the tag on the hub stands for something else by now than what was signed. */
  moved: z.boolean().optional(),
});

const pushed = z.strictObject({
  kind: z.literal('pushed'),
  /** A part of the reference, such as `web:1`. */
  reference: text,
  /** Layers of its last push that travelled, and that did not have to. */
  sent: z.int().min(0).optional(),
  there: z.int().min(0).optional(),
  mounted: z.int().min(0).optional(),
});

export const REGISTRY_CHECKS = [registryTag, signedTag, pushed] as const;
