import { EngineError } from '../oci/errors.ts';

/** Go's `path.Match`: `*` and `?` stop at a slash, `[a-z]` and `[^a]` are sets, a backslash takes the next as it is. */
export function globPattern(pattern: string): RegExp {
  let source = '';
  for (let rest = pattern; rest !== '';) {
    const found = TOKEN.exec(rest);
    if (!found) throw new EngineError('invalid', 'syntax error in pattern');
    const [whole, set, escaped, other] = found;
    if (set !== undefined) source += set;
    else if (escaped !== undefined) source += literal(escaped);
    else source += other === '*' ? '[^/]*' : other === '?' ? '[^/]' : literal(other ?? '');
    rest = rest.slice(whole.length);
  }
  return new RegExp(`^${source}$`, 's');
}

const TOKEN = /^(?:(\[\^?(?:\\.|[^\]\\[])+\])|\\(.)|([^[\\]))/s;

function literal(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&');
}
