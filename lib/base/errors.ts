/**
 * Errors for the user: which file, which field, which value, and what to do.
 * Commands print `message` alone and exit 1; a stack trace is for bugs.
 */

/** What kind of error it is: for programs and tests, which should not depend on the message. */
export type ErrorCode =
  /** A file does not hold what its format, or the kit, needs. */
  | 'BAD_FILE'
  /** An option, a setting or an argument has a value that is not allowed. */
  | 'BAD_VALUE'
  /** Options of a command that exclude each other, or one that is lacking. */
  | 'USAGE'
  /** A file, a case, a label map, a run or a package that is needed isn't there. */
  | 'MISSING'
  /** Something is in the way, or would be replaced. */
  | 'EXISTS'
  /** Several fit, or one appears twice, where there should be one. */
  | 'AMBIGUOUS'
  /** Things that belong together differ: grids, checksums, the settings of a run. */
  | 'MISMATCH'
  /** A computed or stored number is NaN or infinite. */
  | 'NOT_FINITE'
  /** Another process is using the folder. */
  | 'LOCKED'
  /** The system refuses to read a file or folder. */
  | 'CANNOT_READ'
  /** The system refuses to write a file or folder. */
  | 'CANNOT_WRITE'
  /** Something can't be fetched from the network. */
  | 'DOWNLOAD'
  /** A thread or another program ended or failed. */
  | 'PROCESS';

export interface UserErrorDetails {
  code: ErrorCode;
  /** The file or folder that is wrong. */
  file?: string;
  /** The field, option or header entry that is wrong. */
  field?: string;
  /** The value found there. */
  value?: unknown;
}

export class UserError extends Error {
  readonly details: UserErrorDetails;

  constructor(message: string, details: UserErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.details = details;
  }

  get code(): ErrorCode {
    return this.details.code;
  }
}
