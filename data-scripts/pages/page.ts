/** Parts of the pages in lib/recorded, which are generated from recorded data only. */
import type { RecordedManifest } from '@mckd/lib/experiment';
import { describeHardware, tableToMarkdown, type Table } from '@mckd/lib/report';

/** The first lines of a page. */
export function head(title: string, what: string): string {
  return `# ${title}\n\n${what}\n\n<!-- Made by \`npx mckd pages\` from the data in this folder: change those, not this page. -->\n`;
}

export function bullets(sentences: readonly string[]): string {
  return `${sentences.map((sentence) => `- ${sentence}`).join('\n')}\n`;
}

/** Tables one after the other, each with title and caption. */
export function tables(all: readonly Table[]): string {
  return all.map((table) => tableToMarkdown(table)).join('\n');
}

/** How recorded runs were made. */
export function madeBy({ command, kit, hardware, data, coreMinutes }: RecordedManifest): string {
  return `Made by \`${command}\` at ${kit.commit?.slice(0, 8) ?? 'an unknown commit'} on ${describeHardware(hardware)}, ${coreMinutes} core-minutes; ${data.description}.`;
}
