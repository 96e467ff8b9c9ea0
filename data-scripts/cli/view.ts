import { Command } from 'commander';
import type { ViewCommandOptions } from '../commands/view';
import { addLayoutOptions } from './arguments';

/** `mckd view`: a case and label maps of it in one page for a browser. */
export function viewCommand(): Command {
  const command = new Command('view')
    .description('write one self-contained page that shows a case and label maps of it')
    .option('--case <path>', 'a case’s folder, a scan of it, or a folder of several cases')
    .option('--name <case>', 'which of several cases')
    .option('--flair <file>', 'instead of --case: scans one by one, in any folders')
    .option('--t1 <file>', 'likewise')
    .option('--t1ce <file>', 'likewise')
    .option('--t2 <file>', 'likewise')
    .requiredOption('--out <page>', 'the page, .html')
    .option('--prediction <files...>', 'label maps of the case, on its grid', [])
    .option('--prediction-labels <codes>', 'their label codes, if other than --labels')
    .option('--truth <file>', "the ground truth (default: the case's own, if it has one)")
    .option('--json', 'print one JSON object instead of a line');
  return addLayoutOptions(command).action(async (options: ViewCommandOptions) => {
    const { view } = await import('../commands/view.js');
    await view(options);
  });
}
