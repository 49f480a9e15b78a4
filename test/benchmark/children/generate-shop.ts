/** Writes a shop's day to a folder: the catalogue and compressed raw logs, or only the logs as plain files. */
import { type ShopRun, writeCatalogue, writeShopLogs } from '../shop.ts';

const { folder, actions, gzip } = JSON.parse(process.argv[2]!) as ShopRun;
if (gzip) writeCatalogue(`${folder}/items.ndjson`);
await writeShopLogs(`${folder}/${gzip ? 'logs' : 'plain-logs'}`, actions, gzip);
process.stdout.write(`${JSON.stringify({ actions })}\n`);
