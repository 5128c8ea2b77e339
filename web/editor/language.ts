const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/^(?:Dockerfile|Containerfile)(?:\..*)?$|\.[Dd]ockerfile$/, 'dockerfile'],
  [/\.(?:ya?ml)$/, 'yaml'],
  [/\.(?:sh|bash|env)$|^\.env/, 'shell'],
  [/\.py$/, 'python'],
  [/\.(?:json|[cm]?js|jsx)$/, 'javascript'],
  [/\.(?:[cm]?ts|tsx)$/, 'typescript'],
  [/\.html?$/, 'html'],
  [/\.css$/, 'css'],
  [/\.md$/, 'markdown'],
  [/\.(?:go|mod)$/, 'go'],
  [/\.(?:ini|conf|cfg|toml|properties)$/, 'ini'],
  [/\.(?:xml|svg)$/, 'xml'],
];

const BY_FIRST_LINE: readonly (readonly [RegExp, string])[] = [
  [/^#!.*\b(?:sh|bash)\b/, 'shell'],
  [/^#!.*\bpython/, 'python'],
  [/^#!.*\bnode\b/, 'javascript'],
];

/** Monaco's name of the language that a file is written in, by its name or its first line. */
export function languageOf(path: string, text: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const line = text.slice(0, 200).split('\n')[0] ?? '';
  const found =
    BY_NAME.find(([pattern]) => pattern.test(name)) ?? BY_FIRST_LINE.find(([pattern]) => pattern.test(line));
  return found?.[1] ?? 'plaintext';
}
