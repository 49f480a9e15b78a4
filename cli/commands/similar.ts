/** `offline similar --client C (--item ID | --client-item ID) [--by <job>]` shows which items a published model finds like an item. */
import { Command, Option } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { findModel } from '../../shared/answers/find-model.ts';
import { similarTo } from '../../shared/answers/similar.ts';
import { MissingObjectError } from '../../shared/errors.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { hasOutput, type OutputRequest } from '../../shared/live/published-output.ts';
import { askedModel } from '../answers/asked-model.ts';
import { type AnswerOptions, askedOf, idOption, withAnswerOptions } from '../answers/options.ts';
import { similarReport } from '../answers/report.ts';
import { writeResult } from '../report.ts';

interface Options extends AnswerOptions {
  readonly item?: number;
  readonly clientItem?: string;
  readonly by: string;
}

/** The jobs whose models know which items are alike. */
const askable: readonly AnyJob[] = JOBS.filter(({ neighbours }) => neighbours !== undefined);

export const similarCommand = (): Command =>
  withAnswerOptions(
    new Command('similar')
      .description('show the items that a published model finds like an item')
      .option('--item <id>', 'the item', idOption)
      .option('--client-item <id>', 'the item by the client’s own id')
      .addOption(
        new Option('--by <job>', 'the job whose model is asked')
          .choices(askable.map(({ name }) => name))
          .default('similar-items'),
      ),
  ).action(similar);

async function similar(options: Options): Promise<void> {
  const asked = askedOf('item', options.item, options.clientItem);
  const job = askable.find(({ name }) => name === options.by)!;
  const { place, request } = await askedModel(options, job);
  await checkAnyModel(request);
  const answer = await similarTo(asked, options.count, await findModel(request), job.neighbours!, place);
  writeResult(answer, options.json, similarReport);
}

/** @throws MissingObjectError naming the other jobs that have a model, when this one has none of any day */
async function checkAnyModel(request: OutputRequest): Promise<void> {
  const { client, job, store } = request;
  if (await hasOutput(request)) return;
  const others: string[] = [];
  for (const other of askable) if (await hasOutput({ ...request, job: other })) others.push(`--by ${other.name}`);
  if (others.length === 0) return;
  throw new MissingObjectError(
    `${client} has no published model of ${job.name} in ${store.root}. Other models know which items are alike: ask with ${others.join(' or ')}`,
  );
}
