/** Parts of a self-contained HTML page, which makes no network request. */

/**
 * For the head of a page: inline content works, and the browser blocks all loading and sending, whatever
 * a script or a name in it contains. Links still work when clicked.
 */
export const OFFLINE_POLICY =
  '<meta http-equiv="Content-Security-Policy" content="' +
  "default-src 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'none'; form-action 'none'\">";

/** A script's source as the content of a script element, escaped so that it can't end it or open a comment. */
export function inScript(source: string): string {
  return source.replace(/<\/script/gi, '<\\/script').replace(/<!--/g, '<\\!--');
}

/** JSON as the content of a script element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
