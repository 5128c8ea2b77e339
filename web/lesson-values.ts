/** A placeholder of a learner's own value, such as `{{port}}`. */
const PLACEHOLDER = /\{\{([a-z][a-z0-9-]*)\}\}/g;

type Texts = Readonly<Record<string, string>>;

/** The learner's own values, and what stands in their place until they are known. */
export class LessonValues {
  readonly #labels: Texts;
  readonly #values: Texts;

  /** `labels` has all names there are. */
  constructor(labels: Texts, values: Texts) {
    this.#labels = labels;
    this.#values = values;
  }

  /** A text with the values in it; of one that is not known yet, what it will be. */
  fill(text: string): string {
    return text.replace(PLACEHOLDER, (all, name: string) =>
      Object.hasOwn(this.#labels, name) ? (this.#values[name] ?? `<${this.#labels[name] ?? name}>`) : all,
    );
  }

  /** The same inside HTML: values and labels are text, not markup. */
  fillHtml(html: string): string {
    return html.replace(PLACEHOLDER, (all, name: string) =>
      Object.hasOwn(this.#labels, name) ? escaped(this.fill(all)) : all,
    );
  }

  /** Whether all values in a text are known: a command without them is not to be run. */
  knows(text: string): boolean {
    const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
    return names.every((name) => !Object.hasOwn(this.#labels, name) || Object.hasOwn(this.#values, name));
  }
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
