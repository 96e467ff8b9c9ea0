/** Who made the kit, and its licence, from CITATION.cff. */
import { readFileSync } from 'node:fs';
import { UserError } from '../base/errors';

export interface Citation {
  title: string;
  version: string;
  /** SPDX identifier. */
  licence: string;
  /** In the order of the file. */
  authors: { name: string; orcid?: string; isPerson: boolean }[];
}

/**
 * The facts of a CITATION.cff. By hand: the kit's own file is scalars and one list, and a YAML package would be a
 * dependency for these.
 * @throws UserError naming the field that is missing
 */
export function readCitation(file: string): Citation {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const required = (field: string): string => {
    const found = lines.map((line) => scalarOf(line)).find(({ key }) => key === field)?.value;
    if (found) return found;
    throw new UserError(`${file} has no ${field}; add it`, { code: 'BAD_FILE', file, field });
  };
  const authors = listOf(lines, 'authors').map((author) => {
    const person = [author['given-names'], author['family-names']].filter(Boolean).join(' ');
    const { orcid } = author;
    return { name: author.name ?? person, isPerson: !author.name, ...(orcid && { orcid }) };
  });
  if (authors.length === 0 || authors.some(({ name }) => !name)) {
    const field = 'authors';
    throw new UserError(`${file} has no ${field}; add their names`, {
      code: 'BAD_FILE',
      file,
      field,
    });
  }
  const [title, version, licence] = ['title', 'version', 'license'].map(required);
  return { title, version, licence, authors };
}

/** `key: value` at the start of a line; other lines have no key. */
function scalarOf(line: string): { key?: string; value?: string } {
  const [, key, value] = /^([a-z-]+):\s*(.*)$/.exec(line) ?? [];
  return { key, value: value?.trim().replace(/^(["'])(.*)\1$/, '$2') };
}

/** The entries of a list of objects, each `  - key: value` and lines below it. */
function listOf(lines: readonly string[], name: string): Record<string, string>[] {
  const start = lines.findIndex((line) => line.trimEnd() === `${name}:`) + 1;
  const after = lines.slice(start).findIndex((line) => /^\S/.test(line) && !line.startsWith('- '));
  if (start === 0) return [];
  const entries: Record<string, string>[] = [];
  for (const line of lines.slice(start, after < 0 ? undefined : start + after)) {
    const own = line.trim();
    if (own.startsWith('- ')) entries.push({});
    const { key, value } = scalarOf(own.replace(/^- /, ''));
    if (key && value) (entries.at(-1) ?? {})[key] = value;
  }
  return entries;
}
