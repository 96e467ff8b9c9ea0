/** Parts of a page that is one file and asks the network for nothing. */

/**
 * For the head of a page: what is in the page works, and the browser lets nothing be loaded or sent from it, whatever
 * a script or a name in it says. Links that a reader clicks still lead on.
 */
export const OFFLINE_POLICY =
  '<meta http-equiv="Content-Security-Policy" content="' +
  "default-src 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'none'; form-action 'none'\">";

/** A script's source as the content of a script element, which it must not end or open a comment in. */
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
