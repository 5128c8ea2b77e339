import { EgressGate } from '../sandbox/egress/gate.ts';
import { EgressProxy } from '../sandbox/egress/proxy.ts';
import { parseRule } from '../sandbox/egress/rules.ts';
import type { SessionInfo } from '../sandbox/host/supervisor.ts';
import { MachineUplink } from '../server/uplink/machine-uplink.ts';

/** npm takes fifty. */
const CONNECTIONS = 60;

export interface WayOut {
  close(): void;
}

/** Leads one machine out without a web server: `rules` as sandbox/egress/rules.ts reads them. */
export function openWayOut(session: SessionInfo, rules: readonly string[], bytes: number): WayOut {
  const gate = new EgressGate(
    new EgressProxy({
      rules: rules.map(parseRule),
      bytesPerClient: bytes,
      connectionsPerClient: CONNECTIONS,
    }),
  );
  const uplink = new MachineUplink({ id: session.id, owner: 'host' }, session.engineSocket, {
    http: (socket, { id }) => gate.acceptHttp(id, socket),
    https: (socket, { id }) => gate.acceptTls(id, socket),
  });
  uplink.fill();
  return {
    close: () => {
      uplink.close();
      gate.close();
    },
  };
}
