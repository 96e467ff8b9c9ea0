import { Argument, Command } from 'commander';
import { KIT_ROOT } from '@mckd/lib/base';
import type { RecordCommandOptions } from '../commands/record';
import { RECORDED, type RecordedName } from '../terminal/recorded-names';
import { reportTo, type JsonOption } from '../terminal/report';
import { jsonOption } from './arguments';

/** `mckd record`: copies a finished run from results/ into the kit, for pages and notebooks. */
export function recordCommand(): Command {
  const sources = Object.entries(RECORDED).map(([name, command]) => `  ${name}: ${command}`);
  return new Command('record')
    .description(
      'copy a finished run from results/ into lib/recorded; another preset, other settings or other data than recorded are refused',
    )
    .addArgument(new Argument('<name>', 'what').choices(Object.keys(RECORDED)))
    .option('--from <path>', 'the run’s folder or file (default: its place in results/)')
    .option(
      '--others <folders...>',
      'of quick: results of the same run with other instructions or numbers of threads, which say how far machines differ',
    )
    .option('--replace', 'record another preset, other settings or other data')
    .addHelpText('after', `\nMade by:\n${sources.join('\n')}`)
    .addOption(jsonOption())
    .action(async (name: RecordedName, { json, ...options }: RecordCommandOptions & JsonOption) => {
      const { record } = await import('../commands/record.js');
      const what = await record(name, options);
      const { writePages } = await import('../pages/index.js');
      writePages(KIT_ROOT);
      reportTo({ json }).result({ name, recorded: what.split('\n') }, what);
    });
}
