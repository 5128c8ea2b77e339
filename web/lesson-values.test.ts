import { describe, expect, it } from 'vitest';
import { LessonValues } from './lesson-values.ts';

const MARKUP = `<img src=x onerror="alert('1')">&amp;`;
const ESCAPED = `&lt;img src=x onerror=&quot;alert('1')&quot;&gt;&amp;amp;`;

describe('the learner’s own values in a lesson', () => {
  it('are text inside of markup, known or not', () => {
    const known = new LessonValues({ name: 'a name' }, { name: MARKUP });
    expect(known.fillHtml('<p>{{name}}</p>')).toBe(`<p>${ESCAPED}</p>`);
    const unknown = new LessonValues({ name: MARKUP }, {});
    expect(unknown.fillHtml('<p>{{name}}</p>')).toBe(`<p>&lt;${ESCAPED}&gt;</p>`);
  });

  it('are themselves in text, with no placeholder of theirs filled again', () => {
    const values = new LessonValues({ one: '', other: '' }, { one: '{{other}}', other: MARKUP });
    expect(values.fill('echo {{one}} {{other}} {{.Id}}')).toBe(`echo {{other}} ${MARKUP} {{.Id}}`);
    expect(values.fillHtml('{{one}}')).toBe('{{other}}');
  });

  it('are none that every object has', () => {
    const values = new LessonValues({}, {});
    expect(values.fill('{{constructor}}')).toBe('{{constructor}}');
    expect(values.knows('{{constructor}}')).toBe(true);
  });
});
