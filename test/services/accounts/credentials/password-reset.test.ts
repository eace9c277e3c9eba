import type { ServiceBroker } from "moleculer";
import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { forgetOtherWays } from "../../../../services/accounts/credentials/other-ways.ts";
import { confirmReset } from "../../../../services/accounts/credentials/password-reset.ts";
import { factorsOf } from "../../../../services/accounts/second-factor/factors.ts";
import { eventually } from "../../../eventually.ts";
import { mailsIn, tokenIn } from "../../../outbox.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

const MINUTE_MS = 60_000;
const RESET = /재설정 안내/;
const pair = { email: "minji@example.com", password: "correct horse battery" };
const password = "staple tangerine orchard";

let desk: Desk;
let node: ServiceBroker;
let account: SignedIn["user"];
beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
  account = (await Accounts.register(node, pair)).user;
});
afterEach(() => desk.close());

const resets = () => mailsIn(desk.dataDir, pair.email).filter(({ subject }) => RESET.test(subject));
/** The token of the latest of so many mails. */
async function token(mails = 1): Promise<string> {
  await Accounts.resetPassword(node, { email: pair.email });
  return eventually(() => {
    expect(resets()).toHaveLength(mails);
    return tokenIn(resets().at(-1)!);
  });
}
const confirm = (given: string, at = node) => codeOf(Accounts.confirmReset(at, { token: given, password }));

test("a link is good for half an hour", async () => {
  const early = await token();
  desk.clock.nowMs += 30 * MINUTE_MS - 1;
  const second = await token(2);
  desk.clock.nowMs += 1;
  expect(await confirm(early)).toBe("LINK_INVALID");
  expect(await confirm(second)).toEqual({ result: null });
});

test("after a minute another mail may go, and a new password makes every earlier link worthless", async () => {
  const first = await token();
  desk.clock.nowMs += MINUTE_MS + 1;
  const second = await token(2);
  expect(await confirm(second, desk.nodes[1])).toEqual({ result: null });
  expect(await confirm(first)).toBe("LINK_INVALID");
});

test("whoever guessed the old password in vain may use the new one at once", async () => {
  const guess = () => codeOf(Accounts.login(node, { ...pair, password: "a guess" }));
  for (let time = 1; time <= 5; time += 1) await guess();
  expect(await guess()).toBe("TOO_MANY_ATTEMPTS");
  await confirm(await token());
  expect(await codeOf(Accounts.login(node, { ...pair, password }))).toMatchObject({
    result: { user: { id: account.id } },
  });
});

test("a suspended account gets no mail, and its link is no good", async () => {
  const given = await token();
  const read = (await desk.office.accounts.byId(account.id))!;
  await desk.office.accounts.change(read, { status: "suspended" });
  expect(await confirm(given)).toBe("LINK_INVALID");
});

describe("other ways in, and what keeps others out,", () => {
  const passkey = { credentialId: "id", publicKey: "key", counter: 0, transports: [], name: "Mine", lastUsedAt: null };
  const app = { pendingSecret: null, pendingUntilMs: 0, lastStep: 0, recoverySalt: "salt", recoveryHashes: ["hash"] };
  const ways = async () => {
    const { secondFactors, identities } = desk.office;
    const { totp, recoveryCodesLeft, passkeys } = await factorsOf(desk.office, account.id);
    const pending = (await secondFactors.authenticator(account.id))?.pendingSecret ?? null;
    const linked = (await identities.of(account.id)).length;
    const devices = (await desk.office.devices.of(account.id)).length;
    return { totp, pending, recoveryCodesLeft, passkeys: passkeys.length, linked, devices };
  };
  const NONE = { totp: false, pending: null, recoveryCodesLeft: 0, passkeys: 0, linked: 0, devices: 0 };
  beforeEach(async () => {
    await desk.office.secondFactors.addAuthenticator(account.id, { secret: "sealed", ...app });
    await desk.office.secondFactors.addPasskey({ accountId: account.id, ...passkey });
    await desk.office.identities.add({ accountId: account.id, provider: "google", subject: "somebody" });
    await desk.office.devices.add(account.id, { name: "Phone", token: "push" });
  });

  test("are gone when they were set up before the address was proved", async () => {
    await confirm(await token());
    expect(await ways()).toEqual(NONE);
  });

  test("are gone also when an app was still being set up", async () => {
    const { secondFactors } = desk.office;
    const read = (await secondFactors.authenticator(account.id))!;
    await secondFactors.changeAuthenticator(read, { secret: null, pendingSecret: "sealed", recoveryHashes: [] });
    await confirm(await token());
    expect(await ways()).toEqual(NONE);
  });

  test("stay when they are set up by the new password, whenever the rest is made up for", async () => {
    const madeUpToMs = Date.now();
    await confirm(await token());
    await eventually(() => expect(Date.now()).toBeGreaterThan(madeUpToMs));
    await desk.office.secondFactors.addAuthenticator(account.id, { secret: "sealed", ...app });
    await forgetOtherWays(desk.office, account.id, "everything", madeUpToMs);
    expect(await ways()).toEqual({ ...NONE, totp: true, recoveryCodesLeft: 1 });
  });

  test("are gone, too, when the address was proved before, but for what opens nothing; the letter says so", async () => {
    const read = (await desk.office.accounts.byId(account.id))!;
    await desk.office.accounts.change(read, { emailVerifiedAt: new Date(desk.clock.nowMs).toISOString() });
    await confirm(await token());
    expect(await ways()).toEqual({ ...NONE, totp: true, recoveryCodesLeft: 1, devices: 1 });
    await eventually(() =>
      expect(mailsIn(desk.dataDir, pair.email).map(({ text }) => text)).toContainEqual(
        expect.stringContaining("패스키"),
      ),
    );
  });

  test("are gone before the sign-ins end, so that none is left that began by them", async () => {
    const { sessions, secondFactors } = desk.office;
    const given = await token();
    const ended = jest.spyOn(sessions, "end").mockImplementationOnce(async (...order) => {
      expect(await secondFactors.passkeysOf(account.id)).toEqual([]);
      return sessions.end(...order);
    });
    await confirmReset(desk.office, { meta: {} } as CallContext, { token: given, password });
    expect(ended).toHaveBeenCalled();
  });
});
