// Plain JavaScript: the launcher needs it before anything is built. The types are in bundle.d.mts.
import { readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** What `import()` asks for, when a program is bundled in parts; the name changes with the content. */
const PART = /^part-.*\.mjs$/;

/**
 * Bundles a TypeScript program, unless the bundle is newer than all that went into it: beside it lies a list of its
 * inputs with their sizes and times.
 */
export async function bundle({ project, entry, outfile, packages, parts = false }) {
  const stamp = `${outfile}.inputs.json`;
  const settings = JSON.stringify({ entry, packages, parts });
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
    outdir: dirname(outfile),
    entryNames: basename(outfile, '.mjs'),
    chunkNames: 'part-[hash]',
    outExtension: { '.js': '.mjs' },
    splitting: parts,
    // Source text stays in the memory of whoever runs it; names stay, for the traces of errors.
    minifyWhitespace: parts,
    minifySyntax: parts,
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
  for (const { path, contents } of result.outputFiles) await writeWhole(path, contents);
  if (parts)
    await removeOtherParts(dirname(outfile), new Set(result.outputFiles.map(({ path }) => basename(path))));
  await writeWhole(stamp, JSON.stringify({ settings, inputs }));
}

async function removeOtherParts(folder, names) {
  const stale = (await readdir(folder)).filter((name) => PART.test(name) && !names.has(name));
  for (const name of stale) await rm(join(folder, name), { force: true });
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
