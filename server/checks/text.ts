import { quoted } from './names.ts';

export interface WantedText {
  readonly contains?: string | undefined;
  readonly matches?: string | undefined;
  readonly lacks?: string | undefined;
}

/** What is wrong with a text, as the end of a sentence with its full stop; undefined when it is as wanted. */
export function wrongText({ contains, matches, lacks }: WantedText, text: string): string | undefined {
  if (contains !== undefined && !text.includes(contains)) {
    const alike = text.toLowerCase().includes(contains.toLowerCase());
    return `${quoted(contains)} does not stand in it${alike ? ': upper and lower case differ' : ''}.`;
  }
  if (matches !== undefined && !new RegExp(matches, 'mu').test(text))
    return `nothing in it looks like ${quoted(matches)}.`;
  const found = lacks === undefined ? null : new RegExp(lacks, 'mu').exec(text);
  if (found) return `${quoted(found[0])} stands in it, which should not.`;
  return undefined;
}
