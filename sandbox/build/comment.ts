import type { ConfigInstruction } from '../dockerfile/configure.ts';
import type { Pair } from '../dockerfile/model.ts';
import type { ContainerConfig } from '../oci/config.ts';
import { plainList, quotedHealth, quotedList } from './go-text.ts';

/** How the history tells of an instruction: `ENV A=b`. `config` is what the instruction has made. */
export function commentOf(instruction: ConfigInstruction, config: ContainerConfig): string {
  switch (instruction.kind) {
    case 'env':
      return pairs('ENV', instruction.pairs);
    case 'label':
      return pairs('LABEL', instruction.pairs);
    case 'cmd':
      return `CMD ${quotedList(config.Cmd ?? [])}`;
    case 'entrypoint':
      return `ENTRYPOINT ${quotedList(config.Entrypoint ?? [])}`;
    case 'expose':
      return `EXPOSE ${instruction.ports.join(' ')}`;
    case 'volume':
      return `VOLUME ${plainList(instruction.paths)}`;
    case 'user':
      return `USER ${instruction.user}`;
    case 'shell':
      return `SHELL ${plainList(instruction.argv)}`;
    case 'stopsignal':
      return `STOPSIGNAL ${instruction.signal}`;
    case 'healthcheck':
      return `HEALTHCHECK ${quotedHealth(instruction.health)}`;
    case 'onbuild':
      return `ONBUILD ${instruction.trigger}`;
    case 'workdir':
      return `WORKDIR ${config.WorkingDir ?? ''}`;
  }
}

function pairs(name: string, all: readonly Pair[]): string {
  return [name, ...all.map(({ key, value }) => `${key}=${value}`)].join(' ');
}
