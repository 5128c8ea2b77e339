import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Programs out of Debian's packages, unpacked into one folder and not installed. */
export interface NotaryTools {
  readonly server: string;
  readonly signer: string;
  readonly database: string;
  /** Messages and character sets of the database. */
  readonly databaseShare: string;
  /** Libraries that the host may lack. */
  readonly libraries: readonly string[];
}

/** Undefined when the set-up has not put them there. */
export function findNotaryTools(folder: string): NotaryTools | undefined {
  const at = (name: string) => path.join(folder, name);
  const tools = {
    server: at('usr/bin/notary-server'),
    signer: at('usr/bin/notary-signer'),
    database: at('usr/sbin/mariadbd'),
    databaseShare: at('usr/share/mysql'),
  };
  if (!Object.values(tools).every((each) => existsSync(each))) return undefined;
  const libraries = ['usr/lib', 'lib']
    .filter((parent) => existsSync(at(parent)))
    .flatMap((parent) =>
      readdirSync(at(parent))
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => at(path.join(parent, name))),
    );
  return { ...tools, libraries };
}
