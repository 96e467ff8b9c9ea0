/** Writes the viewer's page, with the installed NiiVue. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@mckd/lib/base';
import { findKitRoot, readViewerData, viewerPage, type ViewerOptions } from '@mckd/lib/report';

/** @throws UserError as `readViewerData` does, or if the page can't be written */
export async function writeViewerPage(file: string, options: ViewerOptions): Promise<void> {
  const data = await readViewerData(options);
  // The package exports only its modules, so the bundle is found by its path.
  const bundle = ['node_modules', '@niivue', 'niivue', 'dist', 'niivue.umd.js'];
  const niivue = readFileSync(join(findKitRoot(__dirname), ...bundle), 'utf8');
  writeFileAtomic(file, viewerPage({ data, niivue }));
}
