import { Command } from 'commander';
import { KIT_ROOT } from '@mckd/lib/base';
import { reportTo, type JsonOption } from '../terminal/report';
import { jsonOption } from './arguments';

/** `mckd pages`: the pages in lib/recorded and the README's table of claims, from the data there. */
export function pagesCommand(): Command {
  return new Command('pages')
    .description(
      'regenerate results.md, claims.md, deviations.md, benchmarks.md, how-a-step-runs.md and reliability.md in lib/recorded, and the README’s table of claims, from the recorded data',
    )
    .addOption(jsonOption())
    .action(async ({ json }: JsonOption) => {
      const { writePages } = await import('../pages/index.js');
      const files = writePages(KIT_ROOT);
      reportTo({ json }).result({ files }, files.join('\n'));
    });
}
