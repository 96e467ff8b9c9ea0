/**
 * Errors for the user: which file, which field, which value, and what to do.
 * Commands print `message` alone and exit 1; a stack trace is for bugs.
 */
export interface UserErrorDetails {
  /** The file or folder that is wrong. */
  file?: string;
  /** The field, option or header entry that is wrong. */
  field?: string;
  /** The value found there. */
  value?: unknown;
}

export class UserError extends Error {
  readonly details: UserErrorDetails;

  constructor(message: string, details: UserErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.details = details;
  }
}
