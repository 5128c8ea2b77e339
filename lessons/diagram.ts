import * as z from 'zod';
import type { LayersBlock } from './blocks.ts';

const text = z.string().trim().min(1).max(60);
const Layer = z.strictObject({
  text,
  note: text.optional(),
  look: z.enum(['plain', 'new', 'writable', 'faded']).default('plain'),
});

/** A fenced block `layers`: stacks drawn side by side, the newest layer first. */
export const LayersDiagram = z.strictObject({
  caption: z
    .string()
    .trim()
    .min(1)
    .max(300)
    .describe('What the picture shows; screen readers read it first.'),
  stacks: z
    .array(
      z.strictObject({
        name: text,
        layers: z
          .array(z.union([text, Layer]))
          .min(1)
          .max(12),
      }),
    )
    .min(1)
    .max(5),
});

export function drawLayers({ caption, stacks }: z.infer<typeof LayersDiagram>): LayersBlock {
  return {
    type: 'layers',
    caption,
    stacks: stacks.map(({ name, layers }) => ({
      name,
      layers: layers.map((layer) => {
        if (typeof layer === 'string') return { text: layer, look: 'plain' };
        return {
          text: layer.text,
          look: layer.look,
          ...(layer.note === undefined ? {} : { note: layer.note }),
        };
      }),
    })),
  };
}
