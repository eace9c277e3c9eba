import type { ServiceBroker } from "moleculer";
import { Accounts, type PendingSignIn, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { codeOf, timeStep } from "../../../../services/accounts/second-factor/totp.ts";
import { logOf, sessionOf, type Desk } from "../desk.ts";

export const PASSWORD = "seven tangerines on the porch";

/** The bytes of a secret as it is typed into an app. */
export function secretOf(base32: string): Buffer {
  const bits = Array.from(base32, (letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  ).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code that an app with this secret shows at a time, or so many steps later. */
export const shownCode = (base32: string, nowMs: number, later = 0): string =>
  codeOf(secretOf(base32), timeStep(nowMs) + later);

let people = 0;

/** Somebody with an account, a session, and perhaps an authenticator app. */
export class Person {
  readonly desk: Desk;
  readonly email = `person${(people += 1)}-${Math.random().toString(36).slice(2)}@example.com`;
  id = "";
  session = "";
  secret = "";
  recoveryCodes: string[] = [];

  constructor(desk: Desk) {
    this.desk = desk;
  }

  static async signUp(desk: Desk): Promise<Person> {
    const person = new Person(desk);
    person.took(await Accounts.register(person.node, { email: person.email, password: PASSWORD }));
    return person;
  }

  /** As if the mail's link had been followed. */
  async proveAddress(): Promise<this> {
    await this.desk.office.accounts.change((await this.account)!, { emailVerifiedAt: new Date().toISOString() });
    return this;
  }

  get node(): ServiceBroker {
    return this.desk.nodes[0]!;
  }
  /** Options of a call in this person's name. */
  get calling() {
    return { meta: { accountId: this.id, roles: ["member"], sessionId: this.session } };
  }
  get account() {
    return this.desk.office.accounts.byId(this.id);
  }

  took(signedIn: SignedIn): this {
    this.id = signedIn.user.id;
    this.session = sessionOf(signedIn.access);
    return this;
  }

  /** The app's code now, or so many steps later; each step's once. */
  code = (later = 0) => shownCode(this.secret, this.desk.clock.nowMs, later);

  /** The first factor alone. */
  login = (node = this.node) =>
    Accounts.login(node, { email: this.email, password: PASSWORD }) as Promise<SignedIn | PendingSignIn>;

  async pend(): Promise<PendingSignIn> {
    const answer = await this.login();
    if (!("token" in answer)) throw new Error("The sign-in was not pending");
    return answer;
  }

  /** Sets an app up and lets its first code pass. */
  async setAppUp(): Promise<this> {
    this.secret = (await Accounts.enrolTotp(this.node, {}, this.calling)).secret;
    const confirmed = await Accounts.confirmTotp(this.node, { code: this.code() }, this.calling);
    this.recoveryCodes = confirmed.recoveryCodes;
    this.desk.clock.nowMs += 60_000;
    return this;
  }

  stepUp = (code?: string) =>
    Accounts.stepUp(this.node, { password: PASSWORD, ...(code !== undefined && { code }) }, this.calling);

  /** Names of what is in the account's log, latest first. */
  async log(): Promise<string[]> {
    return (await logOf(this.desk.office, this.id)).map(({ what }) => what);
  }
}
