/** Texts from logs and catalogues on a terminal. */

/** Control characters, which may move the cursor, and those that change the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Returns a text on one line that a terminal shows as it is: a character that would do something else is written as `\u000a`. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
