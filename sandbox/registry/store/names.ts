/** The specification's grammar, one part of a name at a time: nothing in it can backtrack far. */
const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

const NAME_MAX = 255;

/** `anna/my_repo`: lower case, parts with slashes between. */
export function isRepositoryName(text: string): boolean {
  return text.length <= NAME_MAX && text.split('/').every((part) => PART.test(part));
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The part of a name that belongs to somebody: `anna` of `anna/my_repo`. */
export function namespaceOf(name: string): string {
  const slash = name.indexOf('/');
  return slash === -1 ? name : name.slice(0, slash);
}
