/** The check that a configuration root knows the client that a command names. */
import { checkClient } from '../shared/activation/register.ts';
import { openConfigRoot } from '../shared/config/open-config-root.ts';

/** Without a configuration root nothing is checked. @throws UnknownClientError naming the clients that there are */
export async function checkKnownClient(client: string, configRoot: string | undefined): Promise<void> {
  if (configRoot === undefined) return;
  await using root = await openConfigRoot(configRoot);
  await checkClient(root, client, false);
}
