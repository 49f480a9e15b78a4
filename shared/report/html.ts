/**
 * Templates of HTML whose values are escaped. Names of clients and items and the text of rejected lines come from logs, and may
 * hold anything, `<script>` too.
 *
 *   html`<p title="${name}">${name}</p>`          the name is escaped at both places
 *   html`<ul>${names.map((name) => html`<li>${name}</li>`)}</ul>`
 *
 * Values may stand in text and in quoted attributes only. There they can neither open a tag nor end the attribute.
 */

/** A piece of HTML that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Marks a text as HTML. Only for text that this project wrote: a style sheet, or the markup of a plotting library. */
  static trusted(text: string): Html {
    return new Html(text);
  }
}

/** A value in a template. `undefined`, `null` and `false` leave nothing, and a list leaves all of its members. */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The control characters that no HTML document may hold, and those that change the direction of the text around them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** Returns a text that stands for itself in HTML. Characters that cannot be printed become U+FFFD. */
export const escaped = (text: string): string =>
  text.replace(UNPRINTABLE, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character]!);

export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Html =>
  Html.trusted(strings.reduce((text, string, place) => text + markupOf(values[place - 1]) + string));

function markupOf(value: Content): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? escaped(value) : value.map(markupOf).join('');
}
