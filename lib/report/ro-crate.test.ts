import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { KIT_ROOT } from '../base/shipped-file';
import { LIB_VERSION } from '../base/version';
import { buildConfig } from '../config';
import { readCitation } from './citation';
import { buildManifest, configSha256 } from './manifest';
import { isCrateFile, roCrate, type CrateEntity } from './ro-crate';

const CITATION = join(KIT_ROOT, 'CITATION.cff');
const config = buildConfig('smoke');
const manifest = buildManifest({
  kit: { version: LIB_VERSION, commit: 'c0ffee', modified: false },
  versions: null,
  hardware: { cpu: 'c', cores: 2, memoryGiB: 8, gpu: null },
  config,
  runs: (['passed', 'failed'] as const).map((status, i) => ({
    name: `0${i}-some`,
    status,
    minutes: 1,
    finished: `2026-01-0${i + 1}T00:00:00.000Z`,
    commit: null,
    config,
    configSha256: configSha256(config),
    tables: i === 0 ? ['a table'] : [],
    figures: [],
    trainings: [],
    data: [{ name: 'digits', sha256: 'aa', description: 'd' }],
  })),
});
const file = (path: string) => ({ path, bytes: 3, sha256: 'ab'.repeat(32) });
const files = ['manifest.json', 'tables/a table.csv', 'figures/b.svg', 'notebooks/00-some.ipynb'];
const crate = roCrate({ manifest, citation: readCitation(CITATION), files: files.map(file) });

const byId = new Map(crate['@graph'].map((entity) => [entity['@id'], entity]));
const refer = (value: unknown): string[] =>
  [value].flat().map((one) => (one as { '@id': string })['@id']);
const types = (entity: CrateEntity): string[] => [entity['@type']].flat();

test('the descriptor and the root data set have what RO-Crate 1.1 requires', () => {
  assert.equal(crate['@context'][0], 'https://w3id.org/ro/crate/1.1/context');
  const descriptor = byId.get('ro-crate-metadata.json');
  assert.equal(descriptor?.['@type'], 'CreativeWork');
  assert.deepEqual(refer(descriptor.conformsTo), ['https://w3id.org/ro/crate/1.1']);
  assert.deepEqual(refer(descriptor.about), ['./']);
  const root = byId.get('./');
  assert.equal(root?.['@type'], 'Dataset');
  assert.ok(root.name && root.description);
  assert.equal(root.datePublished, '2026-01-02T00:00:00.000Z', 'of the last run');
  assert.deepEqual(refer(root.license), ['https://spdx.org/licenses/MIT']);
});

test('the graph is flat: every entity once, with a type, and every reference to one of them', () => {
  assert.equal(byId.size, crate['@graph'].length);
  const outside = new Set(['https://w3id.org/ro/crate/1.1']);
  for (const entity of crate['@graph']) {
    assert.ok(types(entity).length > 0, entity['@id']);
    for (const [property, value] of Object.entries(entity)) {
      for (const one of [value].flat()) {
        if (typeof one !== 'object' || one === null) continue;
        assert.deepEqual(Object.keys(one as object), ['@id'], `${entity['@id']} ${property}`);
        const [id] = refer(one);
        assert.ok(byId.has(id) || outside.has(id), `${entity['@id']} ${property} ${id}`);
      }
    }
  }
});

test('every file is a part, with type, format, size and checksum, and a URI for a name', () => {
  const parts = refer(byId.get('./')?.hasPart);
  assert.deepEqual(
    parts,
    files.map((path) => path.replace(' ', '%20')),
  );
  for (const id of parts) {
    const entity = byId.get(id);
    assert.ok(entity && types(entity).includes('File'), id);
    assert.ok(entity.description && entity.encodingFormat, id);
    assert.deepEqual([entity.contentSize, entity.sha256], ['3', 'ab'.repeat(32)]);
  }
  assert.equal(byId.get('tables/a%20table.csv')?.encodingFormat, 'text/csv');
  const runs = crate['@graph'].filter((entity) => entity['@type'] === 'CreateAction');
  assert.deepEqual(
    runs.map(({ result }) => refer(result)),
    [['tables/a%20table.csv', 'notebooks/00-some.ipynb'], []],
  );
  assert.deepEqual(
    [
      'runs/x/weights.safetensors',
      '.lock',
      'notebooks/.x/a.ipynb',
      'ro-crate-metadata.json',
      'tables/a.part-1',
    ].filter(isCrateFile),
    [],
  );
});

test('authors and licence are those of CITATION.cff; it and .zenodo.json say the same', (t) => {
  const citation = readCitation(CITATION);
  assert.equal(citation.version, LIB_VERSION);
  const authors = refer(byId.get('./')?.author).map((id) => byId.get(id)?.name);
  assert.deepEqual(
    authors,
    citation.authors.map(({ name }) => name),
  );
  const zenodo = JSON.parse(readFileSync(join(KIT_ROOT, '.zenodo.json'), 'utf8')) as {
    title: string;
    version: string;
    license: string;
    upload_type: string;
    creators: { name: string }[];
  };
  assert.deepEqual(
    [zenodo.title, zenodo.version, zenodo.license, zenodo.upload_type],
    [citation.title, citation.version, citation.licence, 'software'],
  );
  assert.deepEqual(
    zenodo.creators.map(({ name }) => name),
    authors,
  );

  const other = join(temporaryFolder(t), 'CITATION.cff');
  writeFileSync(
    other,
    'title: "A: b"\nversion: 1\nlicense: MIT\nauthors:\n  - family-names: Roe\n    given-names: Jo\n    orcid: https://orcid.org/0000-0001\n  - name: Group\nreferences:\n  - authors:\n      - name: Nobody\n',
  );
  assert.deepEqual(readCitation(other), {
    title: 'A: b',
    version: '1',
    licence: 'MIT',
    authors: [
      { name: 'Jo Roe', isPerson: true, orcid: 'https://orcid.org/0000-0001' },
      { name: 'Group', isPerson: false },
    ],
  });
  writeFileSync(other, 'title: x\nversion: 1\nlicense: MIT\n');
  assert.throws(() => readCitation(other), { code: 'BAD_FILE', message: /has no authors/ });
});

test('CITATION.cff has what its schema 1.2.0 requires', () => {
  const text = readFileSync(CITATION, 'utf8');
  assert.match(text, /^cff-version: 1\.2\.0$/m);
  for (const field of ['message', 'title', 'authors'])
    assert.match(text, new RegExp(`^${field}:`, 'm'));
});

test('cffconvert takes CITATION.cff', (t) => {
  const run = spawnSync('cffconvert', ['--validate', '-i', CITATION], { encoding: 'utf8' });
  if (run.error) return t.skip('cffconvert is not installed (pip install cffconvert)');
  assert.equal(run.status, 0, run.stderr || run.stdout);
});
