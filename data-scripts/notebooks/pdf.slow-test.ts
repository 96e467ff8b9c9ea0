/** The kit's notebooks as PDF by LaTeX: each figure a picture, each table a table of LaTeX. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import { environmentPython } from './execute';
import { readNotebook } from './results';
import { listNotebooks } from './run';
import { figureCount, tableCount } from './viewers';

const root = findKitRoot(__dirname);
/** What nbconvert runs for a PDF: Inkscape makes PDFs of SVG. */
const NEEDED = ['pandoc', 'xelatex', 'inkscape'];

const missing = NEEDED.filter((program) => spawnSync('which', [program]).status !== 0);
const skip =
  missing.length > 0 &&
  `${missing.join(', ')} not installed (Debian, Ubuntu: apt-get install pandoc texlive-xetex texlive-latex-extra texlive-fonts-recommended texlive-plain-generic inkscape)`;

test(
  'by nbconvert and LaTeX, every figure and table of every notebook is in a PDF',
  { skip },
  (t) => {
    const folder = temporaryFolder(t);
    for (const file of listNotebooks(join(root, 'notebooks'))) {
      const name = basename(file, '.ipynb');
      const notebook = readNotebook(file);
      for (const kind of ['latex', 'pdf'])
        execFileSync(
          environmentPython(root),
          ['-m', 'nbconvert', '--to', kind, '--output-dir', folder, file],
          { stdio: ['ignore', 'ignore', 'pipe'] },
        );
      const tex = readFileSync(join(folder, `${name}.tex`), 'utf8');
      const count = (what: RegExp): number => tex.match(what)?.length ?? 0;
      assert.equal(count(/\\adjustimage\{/g), figureCount(notebook), `${name}: figures`);
      assert.equal(count(/\\begin\{tabular\}/g), tableCount(notebook), `${name}: tables`);
      assert.ok(statSync(join(folder, `${name}.pdf`)).size > 20_000, `${name}.pdf`);
    }
  },
);
