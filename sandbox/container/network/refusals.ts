import { EngineError } from '../../oci/errors.ts';
import type { CreateNetwork } from './model.ts';

export const MTU_OPTION = 'com.docker.network.driver.mtu';

/** What a network that holds a configuration, or has one of such a network, cannot have itself. */
export function refuseConfiguration(wish: CreateNetwork): void {
  if (wish.ConfigOnly && (wish.Ingress || wish.Internal || wish.Attachable)) {
    throw new EngineError(
      'forbidden',
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    );
  }
  if (wish.ConfigFrom === undefined) return;
  if (wish.ConfigOnly) {
    throw new EngineError(
      'forbidden',
      'a configuration network cannot depend on another configuration network',
    );
  }
  const own = wish.EnableIPv6 || wish.IPAM.Config.length + Object.keys(wish.Labels).length > 0;
  if (own || Object.keys(wish.IPAM.Options ?? {}).length > 0) {
    throw new EngineError(
      'forbidden',
      'user specified configurations are not supported if the network depends on a configuration network',
    );
  }
  if (Object.keys(wish.Options).length > 0) {
    throw new EngineError(
      'forbidden',
      'network driver options are not supported if the network depends on a configuration network',
    );
  }
}

/** Throws for values that Go cannot read. */
export function refuseOptions(options: CreateNetwork['Options']): void {
  for (const [name, value] of Object.entries(options)) {
    const how = OPTION_VALUES[name];
    if (how === undefined || how.fits.test(value)) continue;
    const reason = `strconv.${how.read}: parsing ${JSON.stringify(value)}: invalid syntax`;
    throw new EngineError('invalid', `failed to parse ${name} value: ${value} (${reason})`);
  }
  const mtu = Number(options[MTU_OPTION] ?? 0);
  if (mtu < 0) throw new EngineError('invalid', `invalid MTU number: ${mtu}`);
}

const NUMBER = { read: 'Atoi', fits: /^[+-]?\d+$/ };
const TRUTH = { read: 'ParseBool', fits: /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/ };

const OPTION_VALUES: Readonly<Record<string, typeof NUMBER>> = {
  [MTU_OPTION]: NUMBER,
  'com.docker.network.bridge.enable_icc': TRUTH,
  'com.docker.network.bridge.enable_ip_masquerade': TRUTH,
  'com.docker.network.bridge.default_bridge': TRUTH,
};
