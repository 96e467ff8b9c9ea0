/** The made-up data set that stands in where a command is given none. */
import { ReaderError, type Config } from '@mckd/lib';

export async function phantomOf(config: Config): Promise<string> {
  await Promise.resolve();
  throw new ReaderError(`--data is missing (preset ${config.preset})`, { field: '--data' });
}
