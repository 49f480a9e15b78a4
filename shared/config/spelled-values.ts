/** Values of settings that are spelled as texts: `"0.5"`, `" 30 "`, `"false"`, `"[1, 2]"`. The schema of a setting refuses other texts. */

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Returns the number that a text spells, and any other value as it is. */
export const numberSpelled = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const spelled = value.trim();
  return DECIMAL.test(spelled) ? Number(spelled) : value;
};

/** Returns the boolean that a text spells, and any other value as it is. */
export const flagSpelled = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const spelled = value.trim().toLowerCase();
  return spelled === 'true' ? true : spelled === 'false' ? false : value;
};

/** Returns the list that a text spells as JSON, and any other value as it is. */
export const listSpelled = (value: unknown): unknown => {
  if (typeof value !== 'string' || !value.trim().startsWith('[')) return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value; // the schema will refuse the text and name the setting
    throw error;
  }
};
