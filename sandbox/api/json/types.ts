/**
 * The types of what a client sends, as the real daemon's Go code declares them: what it accepts, and how it names what it
 * refuses, follows from them. A client library may send any case of a key, leave out what is empty, or send null.
 */
export type Type =
  | { readonly kind: 'string'; readonly name: string }
  | { readonly kind: 'bool' | 'any' }
  | { readonly kind: 'integer'; readonly name: string; readonly least: bigint; readonly most: bigint }
  | { readonly kind: 'list'; readonly name: string; readonly each: Type }
  | { readonly kind: 'words' }
  | { readonly kind: 'map'; readonly name: string; readonly each: Type }
  | Struct;

export interface Struct {
  readonly kind: 'struct';
  /** With its package, such as `container.HostConfig`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Type>>;
}

export const string: Type = { kind: 'string', name: 'string' };
/** Text of a type of its own. */
export const named = (name: string): Type => ({ kind: 'string', name });
export const bool: Type = { kind: 'bool' };
/** Taken as it is. */
export const any: Type = { kind: 'any' };
/** A command: a list, or one string that stands for a list of one. */
export const words: Type = { kind: 'words' };

const integer = (name: string, bits: bigint, signed: boolean): Type => ({
  kind: 'integer',
  name,
  least: signed ? -(2n ** (bits - 1n)) : 0n,
  most: signed ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n,
});
export const int = integer('int', 64n, true);
export const int64 = integer('int64', 64n, true);
export const uint = integer('uint', 64n, false);
export const uint16 = integer('uint16', 16n, false);
export const uint64 = integer('uint64', 64n, false);
export const fileMode = integer('fs.FileMode', 32n, false);
export const duration = integer('time.Duration', 64n, true);

export const list = (each: Type, name = `[]${nameOf(each)}`): Type => ({ kind: 'list', name, each });
export const map = (each: Type, name = `map[string]${nameOf(each)}`): Type => ({ kind: 'map', name, each });
export const struct = (name: string, fields: Struct['fields']): Struct => ({ kind: 'struct', name, fields });

/** As Go prints it. */
export function nameOf(type: Type): string {
  switch (type.kind) {
    case 'bool':
      return type.kind;
    case 'any':
      return 'interface {}';
    case 'words':
      return 'strslice.StrSlice';
    default:
      return type.name;
  }
}
