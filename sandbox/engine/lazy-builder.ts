import type { BuildBackend } from '../api/build.ts';
import type { Builder, BuilderOptions } from '../build/builder.ts';

/** The builder takes memory that an engine without builds can do without: its code is read when it is first needed. */
export function lazyBuilder(options: BuilderOptions): BuildBackend {
  let loaded: Promise<Builder> | undefined;
  const load = () => (loaded ??= import('../build/builder.ts').then(({ Builder }) => new Builder(options)));
  return {
    builder: load,
    prune: async () => (await load()).prune(),
  };
}
