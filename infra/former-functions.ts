/**
 * The functions that a new build no longer has. They stay, and refuse every call with `DeploymentChangedError`: otherwise an
 * execution that began with an earlier build would call a function that does not exist, and its error would say no more.
 *
 * `deployed-functions.json` names all functions, also those of earlier builds, as `<component>/<function>`. A test adds new
 * functions to it. A name may be removed when every environment has been deployed once without its function.
 */
import deployed from './deployed-functions.json' with { type: 'json' };

export const DEPLOYED_FUNCTIONS: readonly string[] = deployed;

export const deployedName = (component: string, name: string): string => `${component}/${name}`;

/** Returns the functions that an earlier build of the component has, and this build has not. */
export function formerFunctions(
  component: string,
  functions: readonly { readonly name: string }[],
  listed: readonly string[] = DEPLOYED_FUNCTIONS,
): string[] {
  const current = new Set(functions.map(({ name }) => name));
  const prefix = deployedName(component, '');
  const names = listed.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  return names.filter((name) => !current.has(name));
}
