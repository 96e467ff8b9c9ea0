/** `npm run site`: notebooks with their outputs, results and API as a static book that needs no network. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder, takeLock, UserError } from '@mckd/lib/base';
import { findKitRoot } from '@mckd/lib/report';
import { writeSiteSources } from '../pages/site';
import { reportTo, type JsonOption } from '../terminal/report';
import { pythonEnvironment, runProgram } from './python-environment';

export interface SiteOptions extends JsonOption {
  /** Default: `results/site` of the kit. */
  out?: string;
  /** Without the pages of the API, which take half of the time. */
  api?: boolean;
}

const root = findKitRoot(__dirname);
const SITE = join(root, 'data-scripts', 'site');

/** A file that every book has: a folder with other files is not replaced. */
const SIGN = '.mckd-book';

/**
 * Makes the book in `<out>`, with `index.html`.
 * @throws UserError where the environment can't be made, `out` holds other files, or a part fails
 */
export async function site(options: SiteOptions): Promise<void> {
  const out = resolve(options.out ?? join(root, 'results', 'site'));
  if (existsSync(out) && !existsSync(join(out, SIGN)))
    throw new UserError(`${out} is there and holds no book; give --out a new folder`, {
      code: 'EXISTS',
      file: out,
    });
  const programs = await pythonEnvironment({
    root,
    folder: '.venv-site',
    requirements: join(SITE, 'requirements.txt'),
    what: 'Sphinx',
    size: '150 MB',
  });
  const sources = `${out}.sources`;
  const release = await takeLock(sources);
  try {
    rmSync(out, { recursive: true, force: true });
    const pages = join(sources, 'pages');
    rmSync(pages, { recursive: true, force: true });
    mkdirSync(join(pages, '_static'), { recursive: true });
    makeFolder(out);
    writeSiteSources(root, pages);
    copyFileSync(join(SITE, 'conf.py'), join(pages, 'conf.py'));
    copyFileSync(join(SITE, 'site.css'), join(pages, '_static', 'site.css'));
    const doctrees = join(sources, 'doctrees');
    const warnings = runProgram(join(programs, 'sphinx-build'), [
      ...['-q', '-b', 'html', '-d', doctrees],
      ...[pages, out],
    ]);
    copyFileSync(join(SITE, 'requirements.txt'), join(out, SIGN));
    if (options.api !== false) {
      const typedoc = join(root, 'node_modules', 'typedoc', 'bin', 'typedoc');
      const settings = ['--options', join(root, '.typedoc.mjs'), '--out', join(out, 'api')];
      runProgram(process.execPath, [typedoc, ...settings, '--logLevel', 'Error']);
    }
    if (warnings.trim() !== '') console.error(warnings.trim());
    reportTo(options).result(
      { index: join(out, 'index.html'), warnings: warnings.trim().split('\n').filter(Boolean) },
      join(out, 'index.html'),
    );
  } finally {
    release();
    rmSync(sources, { recursive: true, force: true });
  }
}
