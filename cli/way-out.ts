import { openEgress } from '../sandbox/egress/egress.ts';
import type { SessionInfo } from '../sandbox/host/supervisor.ts';
import { MachineUplink } from '../server/uplink/machine-uplink.ts';

export interface WayOut {
  close(): void;
}

/** Leads one machine out without a web server: `places` as sandbox/egress/rules.ts reads them. */
export function openWayOut(session: SessionInfo, places: readonly string[], bytes: number): WayOut {
  const egress = openEgress({ places, bytesPerMachine: bytes });
  const uplink = new MachineUplink({ id: session.id, owner: 'host' }, session.engineSocket, egress.services);
  uplink.fill();
  return {
    close: () => {
      uplink.close();
      egress.close();
    },
  };
}
