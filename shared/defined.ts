type IsOptional<T, Key extends keyof T> = string extends Key
  ? true
  : Record<never, never> extends Pick<T, Key>
    ? true
    : false;

/** T, but an optional property may be undefined. */
type Loose<T> = { readonly [Key in keyof T]: IsOptional<T, Key> extends true ? T[Key] | undefined : T[Key] };

/**
 * Returns the object without the properties whose value is undefined. The place of use gives its type `T`, so the compiler
 * refuses a misspelt property of the literal. It does not refuse one in `...(x && { misspelt: x })`, and the linter therefore
 * does not allow that form.
 */
export function defined<T extends object = never>(values: NoInfer<Loose<T>>): T {
  const copy: Record<string, unknown> = { ...values };
  for (const key of Object.keys(copy)) if (copy[key] === undefined) delete copy[key];
  return copy as T;
}
