import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Argument, Command } from 'commander';

/** `mckd tune`: the settings that no paper states, judged on held-back pairs. */
export function tuneCommand(): Command {
  return new Command('tune')
    .description(
      'try the settings that no paper states on held-back pairs, and keep the outcome with the kit',
    )
    .addArgument(new Argument('<experiment>', 'which experiment').choices(['av-mnist']))
    .action(async () => {
      const kit = await import('@mckd/lib');
      const data = await kit.loadAvMnist();
      const directory = join(kit.findKitRoot(__dirname), 'results', 'tune', 'av-mnist');
      const trials = kit.settingTrials();
      const bar = new SingleBar({
        format: '{bar} {value}/{total} runs, {eta_formatted} left',
        noTTYOutput: true,
      });
      bar.start(
        trials.reduce((sum, { tasks }) => sum + tasks.length, 0),
        0,
      );
      const judged = [];
      for (const { changes, config, tasks } of trials) {
        const place = { directory, dataHash: data.sha256, tasks };
        for await (const event of kit.runAvExperiment(config, place)) {
          if (event.kind === 'run') bar.increment();
          if (event.kind === 'plan') bar.increment(event.done);
        }
        judged.push(kit.summariseTrial(changes, kit.finishedRuns(config, place)));
      }
      bar.stop();
      kit.recordTrials(judged);
      console.log(kit.tableToMarkdown(kit.settingsTable(judged)));
    });
}
