/** The shipped source of a function, as a notebook shows it. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { UserError } from '../base/errors';
import { KIT_ROOT } from '../base/shipped-file';

export interface Source {
  /** Relative to the kit. */
  file: string;
  /** Of the function, counted from 1. */
  line: number;
  /** Doc comment and body. */
  text: string;
}

const BUILT = join(KIT_ROOT, 'lib', 'dist') + sep;

/**
 * The source of a function that the kit exports.
 * @throws UserError for anything else
 */
export function sourceOf(of: (...args: never[]) => unknown): Source {
  const found = typeof of === 'function' ? declarationOf(of) : undefined;
  if (found) return found;
  throw new UserError(
    `${typeof of === 'function' ? of.name || 'the function' : String(of)} is no exported function of the kit; give one itself, such as mckd.fillMissing`,
    { code: 'BAD_VALUE', field: 'showSource', value: of },
  );
}

function declarationOf(of: (...args: never[]) => unknown): Source | undefined {
  const declared = new RegExp(
    `^export (?:async )?function\\*? ${of.name.replaceAll('$', '\\$')}\\b`,
  );
  for (const built of Object.keys(require.cache)) {
    const exported = built.startsWith(BUILT)
      ? (require.cache[built]?.exports as object)
      : undefined;
    if (exported === undefined || !Object.values(exported).includes(of)) continue;
    const file = join(KIT_ROOT, 'lib', built.slice(BUILT.length).replace(/\.js$/, '.ts'));
    if (!existsSync(file)) continue;
    const lines = readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => declared.test(line));
    // Others only pass it on.
    if (at < 0) continue;
    const text = lines.slice(commentFrom(lines, at), endFrom(lines, at) + 1).join('\n');
    return { file: relative(KIT_ROOT, file).split(sep).join('/'), line: at + 1, text };
  }
  return undefined;
}

/** The first line of the doc comment above a line, or the line itself. */
function commentFrom(lines: readonly string[], at: number): number {
  if (at === 0 || !lines[at - 1].endsWith('*/')) return at;
  let from = at - 1;
  while (!lines[from].startsWith('/**')) from--;
  return from;
}

/** The line of a function's last brace: sources are formatted, so only that is at the margin. */
function endFrom(lines: readonly string[], at: number): number {
  return lines.findIndex((line, i) => i >= at && line === '}');
}
