/** A mail that did not leave. Neither message nor type name persons, contents or credentials. */
export class MailNotSent extends Error {
  readonly type: string;
  /** No further try would end otherwise. */
  readonly isFinal: boolean;
  constructor(type: string, { isFinal }: { isFinal: boolean }) {
    super(`A mail was not sent: ${type}`);
    this.name = "MailNotSent";
    this.type = type;
    this.isFinal = isFinal;
  }
}
