import * as z from 'zod';
import { followEvents } from '../checks/event-stream.ts';
import type { EngineClient } from '../engine/client.ts';
import type { PortView } from './protocol.ts';

const PORTS_MAX = 64;
/** Containers come and go together. */
const SETTLE_MS = 50;

const Containers = z.array(
  z.object({
    Names: z.array(z.string()).nullish(),
    Ports: z
      .array(z.object({ PublicPort: z.int().min(1).max(65_535).optional(), Type: z.string() }))
      .nullish(),
  }),
);

/** Follows the engine's events, and tells which TCP ports its containers publish, until the signal. */
export function followPorts(
  engine: EngineClient,
  tell: (ports: readonly PortView[]) => void,
  signal: AbortSignal,
): void {
  let timer: NodeJS.Timeout | undefined;
  let told = '';
  const look = async () => {
    const containers = await engine.get('/v1.41/containers/json', Containers, { signal });
    const ports = published(containers);
    if (signal.aborted || JSON.stringify(ports) === told) return;
    told = JSON.stringify(ports);
    tell(ports);
  };
  const later = () => {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(() => void look().catch(() => undefined), SETTLE_MS);
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  const event = ({ Type }: { readonly Type: string }) => {
    if (Type === 'container' || Type === 'network') later();
  };
  void followEvents(engine, { connected: later, event }, signal).catch(() => undefined);
}

function published(containers: z.infer<typeof Containers>): PortView[] {
  const ports = new Map<number, PortView>();
  for (const { Names, Ports } of containers) {
    for (const { PublicPort, Type } of Ports ?? []) {
      if (PublicPort === undefined || Type !== 'tcp' || ports.size >= PORTS_MAX) continue;
      ports.set(PublicPort, { port: PublicPort, container: (Names?.[0] ?? '').slice(1, 129) });
    }
  }
  return [...ports.values()].sort((a, b) => a.port - b.port);
}
