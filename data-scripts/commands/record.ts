import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { buildConfig } from '@mckd/lib/dist/config';

/** `mckd record`: a finished long run from results/ into the kit, where the notebooks show it. */
export function recordCommand(): Command {
  return new Command('record')
    .description('keep the finished runs of results/paper with the kit, with their manifest')
    .addArgument(new Argument('<experiment>', 'which experiment').choices(['av-mnist']))
    .action(async () => {
      const { findKitRoot, finishedRuns, loadAvMnist, recordAvMnist } = await import('@mckd/lib');
      const root = findKitRoot(__dirname);
      const config = buildConfig('paper');
      const data = await loadAvMnist();
      const directory = join(root, 'results', 'paper', 'runs', 'av-mnist');
      const runs = finishedRuns(config, { directory, dataHash: data.sha256 });
      const manifest = recordAvMnist(config, runs, data, root);
      console.log(
        `recorded ${runs.length} runs, ${manifest.coreMinutes} core-minutes, data ${data.sha256.slice(0, 12)}`,
      );
    });
}
