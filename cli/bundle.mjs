// Plain JavaScript: the launcher needs it before anything is built. The types are in bundle.d.mts.
import { readFileSync, statSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Bundles a TypeScript program into one file, unless the bundle is newer than all that went into it: beside it lies
 * a list of its inputs with their sizes and times.
 */
export async function bundle({ project, entry, outfile, packages }) {
  const stamp = `${outfile}.inputs.json`;
  const settings = JSON.stringify({ entry, packages });
  if (isFresh(project, stamp, outfile, settings)) return;

  const { build } = await import('esbuild');
  const result = await build({
    absWorkingDir: project,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
    metafile: true,
    legalComments: 'none',
    sourcemap: false,
    logLevel: 'silent',
    outfile,
    ...(packages === 'external' ? { packages } : { external: packages.external }),
    // Packages written for CommonJS call require(); an ES module has none.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  const inputs = Object.fromEntries(
    Object.keys(result.metafile.inputs).map((path) => [path, fingerprint(resolve(project, path))]),
  );
  await mkdir(dirname(outfile), { recursive: true });
  await writeWhole(outfile, result.outputFiles[0].contents);
  await writeWhole(stamp, JSON.stringify({ settings, inputs }));
}

function isFresh(project, stamp, outfile, settings) {
  try {
    statSync(outfile);
    const known = JSON.parse(readFileSync(stamp, 'utf8'));
    if (known.settings !== settings) return false;
    return Object.entries(known.inputs).every(
      ([path, value]) => fingerprint(resolve(project, path)) === value,
    );
  } catch {
    return false;
  }
}

function fingerprint(path) {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

async function writeWhole(path, content) {
  const partial = `${path}.partial-${process.pid}`;
  await writeFile(partial, content);
  await rename(partial, path);
}
