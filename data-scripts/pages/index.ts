/** The pages in lib/recorded (results, claims, deviations, benchmarks, how a step runs, reliability) and the README's table, all generated from the records there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@mckd/lib/base';
import { benchmarksPage } from './benchmarks';
import { claimsPage, withClaims } from './claims';
import { deviationsPage } from './deviations';
import { howAStepRunsPage } from './how-a-step-runs';
import { reliabilityPage } from './reliability';
import { resultsPage } from './results';

/** File name -> its generator. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'results.md': resultsPage,
  'claims.md': claimsPage,
  'deviations.md': deviationsPage,
  'benchmarks.md': benchmarksPage,
  'how-a-step-runs.md': howAStepRunsPage,
  'reliability.md': reliabilityPage,
};

/**
 * Writes all pages, and the README's table of claims.
 * @param root the kit's
 * @returns their files
 */
export function writePages(root: string): string[] {
  const readme = join(root, 'README.md');
  const texts = Object.entries(PAGES).map(([name, text]): [file: string, text: string] => [
    join(root, 'lib', 'recorded', name),
    text(),
  ]);
  texts.push([readme, withClaims(readFileSync(readme, 'utf8'))]);
  for (const [file, text] of texts) writeFileAtomic(file, text);
  return texts.map(([file]) => file);
}
