/** `offline recommend --client C (--user ID | --client-user ID)` shows what a published model recommends to a user. */
import { Command } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { findModel } from '../../shared/answers/find-model.ts';
import { recommendTo } from '../../shared/answers/recommend.ts';
import { askedModel } from '../answers/asked-model.ts';
import { type AnswerOptions, askedOf, idOption, withAnswerOptions } from '../answers/options.ts';
import { recommendedReport } from '../answers/report.ts';
import { writeResult } from '../report.ts';

interface Options extends AnswerOptions {
  readonly user?: number;
  readonly clientUser?: string;
}

export const recommendCommand = (): Command =>
  withAnswerOptions(
    new Command('recommend')
      .description('show the items that a published model recommends to a user')
      .option('--user <id>', 'the user', idOption)
      .option('--client-user <id>', 'the user by the client’s own id'),
  ).action(recommend);

async function recommend(options: Options): Promise<void> {
  const asked = askedOf('user', options.user, options.clientUser);
  const job = JOBS.find(({ recommender }) => recommender !== undefined)!;
  const { place, request } = await askedModel(options, job);
  const answer = await recommendTo(asked, options.count, await findModel(request), job.recommender!, place);
  writeResult(answer, options.json, recommendedReport);
}
