import type { EgressWishes } from '../sandbox/egress/egress.ts';
import { openEgress } from '../sandbox/egress/egress.ts';
import type { SessionInfo } from '../sandbox/host/supervisor.ts';
import { MachineUplink } from '../server/uplink/machine-uplink.ts';

export interface WayOut {
  close(): void;
}

/** Leads one machine out without a web server. */
export function openWayOut(session: SessionInfo, wishes: EgressWishes): WayOut {
  const egress = openEgress(wishes);
  const uplink = new MachineUplink({ id: session.id, owner: 'host' }, session.engineSocket, egress.services);
  uplink.fill();
  return {
    close: () => {
      uplink.close();
      egress.close();
    },
  };
}
