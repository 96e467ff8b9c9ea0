import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findKitRoot } from '@mckd/lib/report';
import { buildProgram } from '../cli/mckd';
import { PAGES } from '.';
import { withClaims } from './claims';

const root = findKitRoot(__dirname);
const recorded = join(root, 'lib', 'recorded');

/** Every page of the kit, with its text. */
function documents(): [file: string, text: string][] {
  const folders = [
    '.',
    '.github',
    '.github/decisions',
    'data-scripts',
    'lib/datasets',
    'lib/published',
    'lib/recorded',
  ];
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name): [string, string] => {
        const file = join(root, folder, name);
        return [file, readFileSync(file, 'utf8')];
      }),
  );
}

test('the pages in lib/recorded are up to date', () => {
  const there = readdirSync(recorded).filter((name) => name.endsWith('.md'));
  assert.deepEqual(there.sort(), Object.keys(PAGES).sort());
  for (const [name, text] of Object.entries(PAGES)) {
    const same = readFileSync(join(recorded, name), 'utf8') === text();
    assert.ok(same, `lib/recorded/${name} is out of date: npx mckd pages`);
  }
});

test('the README’s table of claims is that of the tree', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  assert.ok(withClaims(readme) === readme, 'README.md is out of date: npx mckd pages');
  assert.throws(() => withClaims('no table'), { code: 'BAD_FILE' });
});

test('every link of a page leads to a file of the kit', () => {
  const links = documents().flatMap(([file, text]) =>
    [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, link]) => ({ file, link })),
  );
  const own = links.filter(({ link }) => !/^[a-z]+:/.test(link));
  assert.ok(own.length > 20);
  for (const { file, link } of own)
    assert.ok(existsSync(join(dirname(file), link)), `${file} links to ${link}`);
});

test('every command that a page names exists, and so does every option after it', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const program = buildProgram();
  const known = new Map(program.commands.map((command) => [command.name(), command]));
  let commands = 0;
  for (const [file, text] of documents()) {
    for (const [, script] of text.matchAll(/npm run ([a-z:]+)/g))
      assert.ok(script in scripts, `${file}: npm run ${script}`);
    for (const [line, name] of text.matchAll(/npx mckd ([a-z][a-z-]*)[^`|\n]*/g)) {
      const command = known.get(name);
      assert.ok(command, `${file}: ${line}`);
      commands += 1;
      for (const [option] of line.matchAll(/--[a-z][a-z0-9-]*/g)) {
        const all = [...command.options, ...command.commands.flatMap(({ options }) => options)];
        const found = option === '--help' || all.some(({ long }) => long === option);
        assert.ok(found, `${file}: ${line} has no ${option}`);
      }
    }
  }
  assert.ok(commands > 20);
});

test('the README is short', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').trimEnd().split('\n');
  assert.ok(lines.length <= 120, `${lines.length} lines`);
});
