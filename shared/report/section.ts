/** The frame of a section, and the sentence that stands where a fact is missing. */
import { type Content, type Html, html } from './html.ts';

/** @param id the section's place in the page's address */
export const section = (id: string, title: string, lead: Content, content: Content): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="lead">${lead}</p>
${content}
</section>
`;

/** Says plainly that something is not known, and what to do about it. */
export const missing = (says: Content): Html => html`<p class="missing">${says}</p>`;

export const subsection = (title: string, content: Content): Html => html`<div class="part"><h3>${title}</h3>
${content}</div>
`;

/** A word with a colour that says how something ended. The colour only repeats the word. */
export const badge = (kind: 'good' | 'warn' | 'bad' | 'plain', word: string): Html =>
  html`<span class="badge ${kind}">${word}</span>`;
