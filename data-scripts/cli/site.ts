import { Command } from 'commander';
import type { SiteOptions } from '../commands/site';
import { jsonOption } from './arguments';

/** `mckd site`: the book. */
export function siteCommand(): Command {
  return new Command('site')
    .description(
      'the notebooks with their outputs, results, claims, pages and API as a static book (results/site), for any browser and any web server; nothing is executed',
    )
    .option('--out <folder>', 'where to (default: results/site)')
    .option('--no-api', 'without the pages of the API')
    .addOption(jsonOption())
    .action(async (options: SiteOptions) => {
      const { site } = await import('../commands/site.js');
      await site(options);
    });
}
