/**
 * A results folder as a research object: RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), the metadata that archives and
 * workflow tools read.
 */
import type { Citation } from './citation';
import type { Manifest } from './manifest';

/** The name that the specification requires. */
export const RO_CRATE_FILE = 'ro-crate-metadata.json';

const SPECIFICATION = 'https://w3id.org/ro/crate/1.1';
/** Not in the specification's own context. */
const SHA256_TERM = { sha256: 'https://schema.org/sha256' };

/** A file of the results. */
export interface CrateFile {
  /** Relative to the folder, with `/`. */
  path: string;
  bytes: number;
  sha256: string;
}

/** A node of the graph, by `@id`. */
export interface CrateEntity {
  '@id': string;
  '@type': string | string[];
  [property: string]: unknown;
}

export interface RoCrate {
  '@context': [string, Record<string, string>];
  '@graph': CrateEntity[];
}

export interface CrateFacts {
  manifest: Manifest;
  citation: Citation;
  files: readonly CrateFile[];
}

/** What the files of a folder are; the first that fits. */
const KINDS: readonly { is: RegExp; type?: string[]; what: (name: string) => string }[] = [
  {
    is: /^manifest\.json$/,
    what: () => 'What was run: settings, data, versions, machine, checksums',
  },
  { is: /^report\.html$/, what: () => 'All tables and figures on one page' },
  { is: /^tables\//, what: (name) => `Table ${name}` },
  { is: /^figures\/.*\.svg$/, type: ['File', 'ImageObject'], what: (name) => `Figure ${name}` },
  { is: /^figures\//, what: (name) => `Figure ${name}, as data of Plotly` },
  {
    is: /^notebooks\//,
    type: ['File', 'SoftwareSourceCode'],
    what: (name) => `Notebook ${name}, with its outputs`,
  },
  { is: /^records\//, what: (name) => `What the notebook ${name} showed and used` },
];

const FORMATS: Record<string, string> = {
  json: 'application/json',
  csv: 'text/csv',
  md: 'text/markdown',
  html: 'text/html',
  tex: 'application/x-tex',
  svg: 'image/svg+xml',
  ipynb: 'application/x-ipynb+json',
};

/** Whether a file of the folder is part of the crate: trainings, caches and hidden files are not. */
export function isCrateFile(path: string): boolean {
  if (path.split('/').some((part) => part.startsWith('.'))) return false;
  return KINDS.some(({ is }) => is.test(path)) && formatOf(path) !== undefined;
}

/** The crate of a results folder. */
export function roCrate({ manifest, citation, files }: CrateFacts): RoCrate {
  const licence = `https://spdx.org/licenses/${citation.licence}`;
  const authors = citation.authors.map(({ name, orcid, isPerson }, i): CrateEntity => ({
    '@id': orcid ?? `#author-${i + 1}`,
    '@type': isPerson ? 'Person' : 'Organization',
    name,
  }));
  const kit: CrateEntity = {
    '@id': '#kit',
    '@type': 'SoftwareApplication',
    name: citation.title,
    softwareVersion: citation.version,
    ...(manifest.kit.commit && { version: manifest.kit.commit }),
    license: { '@id': licence },
  };
  const data = manifest.data.map(({ name, sha256, description }, i): CrateEntity => ({
    '@id': `#data-${i + 1}`,
    '@type': 'Dataset',
    ...{ name, description },
    identifier: `sha256:${sha256}`,
  }));
  const runs = manifest.notebooks.map(({ name, status, finished }): CrateEntity => ({
    '@id': `#run-${name}`,
    '@type': 'CreateAction',
    name: `Notebook ${name}: ${status}`,
    endTime: finished,
    actionStatus: `http://schema.org/${status === 'passed' ? 'CompletedActionStatus' : 'FailedActionStatus'}`,
    instrument: { '@id': '#kit' },
    object: data.map(reference),
    result: files
      .filter(({ path }) => isOf(path, name, manifest))
      .map((file) => reference(entityOf(file))),
  }));
  const parts = files.map(entityOf);
  const published = manifest.notebooks
    .map(({ finished }) => finished)
    .sort()
    .at(-1);
  const root: CrateEntity = {
    '@id': './',
    '@type': 'Dataset',
    name: `${citation.title}: results of the preset ${manifest.preset}`,
    description: `Tables, figures and executed notebooks of the preset ${manifest.preset}, seed ${manifest.seed}; manifest.json has settings, data and versions.`,
    datePublished: published ?? new Date().toISOString(),
    license: { '@id': licence },
    author: authors.map(reference),
    hasPart: parts.map(reference),
    mentions: [kit, ...data, ...runs].map(reference),
  };
  const descriptor: CrateEntity = {
    '@id': RO_CRATE_FILE,
    '@type': 'CreativeWork',
    conformsTo: { '@id': SPECIFICATION },
    about: { '@id': './' },
  };
  const terms: CrateEntity = {
    '@id': licence,
    '@type': 'CreativeWork',
    name: citation.licence,
    description: `The ${citation.licence} licence; data sets have their own`,
  };
  return {
    '@context': [`${SPECIFICATION}/context`, SHA256_TERM],
    '@graph': [descriptor, root, ...parts, ...authors, terms, kit, ...data, ...runs],
  };
}

function reference({ '@id': id }: CrateEntity): { '@id': string } {
  return { '@id': id };
}

function entityOf({ path, bytes, sha256 }: CrateFile): CrateEntity {
  const kind = KINDS.find(({ is }) => is.test(path));
  const stem = nameOf(path);
  return {
    // Identifiers are URIs: a space in a name would break them.
    '@id': path.split('/').map(encodeURIComponent).join('/'),
    '@type': kind?.type ?? 'File',
    name: path.split('/').at(-1),
    description: kind?.what(stem) ?? path,
    encodingFormat: formatOf(path),
    contentSize: String(bytes),
    sha256,
  };
}

/** The file's name without its ending. */
function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.[a-z]+$/, '');
}

function formatOf(path: string): string | undefined {
  return FORMATS[path.split('.').at(-1) ?? ''];
}

/** Whether a notebook's run made the file. */
function isOf(path: string, notebook: string, { notebooks }: Manifest): boolean {
  const run = notebooks.find(({ name }) => name === notebook);
  const [folder] = path.split('/');
  const name = nameOf(path);
  if (folder === 'tables') return run?.tables.includes(name) ?? false;
  if (folder === 'figures') return run?.figures.includes(name) ?? false;
  return ['notebooks', 'records'].includes(folder) && name === notebook;
}
