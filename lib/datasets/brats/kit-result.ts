/** The kit's own results, recognised by their headers, so that none is read as a scan or as ground truth. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { LIB_VERSION } from '../../base/version';
import { describeLabelCodes, type LabelCodes } from './label-codes';

/** How `descrip` begins in each file that the kit writes as a result. */
const MARK = 'MCKD kit';
/** Of NIfTI-1 and NIfTI-2, by the size of their headers: where `descrip` is. It has 80 bytes. */
const DESCRIP = new Map([
  [348, 148],
  [540, 240],
]);
const DESCRIP_BYTES = 80;
const HEAD_BYTES = 4096;

/** The mark of a result in its header. */
export function resultMark(what: 'segmentation' | 'probability', codes?: LabelCodes): string {
  const of = codes === undefined ? '' : `: ${describeLabelCodes({ ...codes, ignore: undefined })}`;
  return `${MARK} ${LIB_VERSION} ${what}${of}`;
}

/** `seg.nii.gz` with `flair-t1ce` is `seg_flair-t1ce.nii.gz`. */
export function besideFile(file: string, ending: string): string {
  return file.replace(/(\.nii(\.gz)?)$/, `_${ending}$1`);
}

/** An image's `descrip`; undefined if it isn't a readable NIfTI file. */
export function descriptionOf(file: string): string | undefined {
  const head = headOf(file);
  if (!head || head.length < 4) return undefined;
  const at = DESCRIP.get(head.readInt32LE(0)) ?? DESCRIP.get(head.readInt32BE(0));
  if (at === undefined || head.length < at + DESCRIP_BYTES) return undefined;
  const text = head.subarray(at, at + DESCRIP_BYTES).toString('latin1');
  return text.split('\0')[0];
}

/** Whether the kit wrote a file as a result. */
export function isKitResult(file: string): boolean {
  return descriptionOf(file)?.startsWith(`${MARK} `) ?? false;
}

/** The label codes in a result's header; undefined for any other file. */
export function codesOfResult(file: string): LabelCodes | undefined {
  const found = /^MCKD kit .*: core (\d+), oedema (\d+), enhancing (\d+)/.exec(
    descriptionOf(file) ?? '',
  );
  if (!found) return undefined;
  const [core, oedema, enhancing] = found.slice(1).map((code) => [Number(code)]);
  return { core, oedema, enhancing };
}

function headOf(file: string): Buffer | undefined {
  try {
    const open = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(HEAD_BYTES);
      const head = bytes.subarray(0, readSync(open, bytes, 0, HEAD_BYTES, 0));
      if (head[0] !== 0x1f || head[1] !== 0x8b) return head;
      // The start of a gzip is not a complete one.
      return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
    } finally {
      closeSync(open);
    }
  } catch {
    return undefined;
  }
}
