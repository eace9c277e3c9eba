import type { CallContext } from "../../../../mixins/answer.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount, type StoredAccount } from "../../../../services/accounts/accounts.store.ts";
import { beginApp } from "../../../../services/accounts/second-factor/authenticator-app.ts";
import { addPasskey as addFromBrowser } from "../../../../services/accounts/second-factor/passkeys.ts";
import { factorsOf, forgetFactors } from "../../../../services/accounts/second-factor/factors.ts";
import { takeWayAway, waysToSignIn } from "../../../../services/accounts/second-factor/ways-to-sign-in.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { Person } from "./person.ts";
import { SoftAuthenticator } from "./soft-authenticator.ts";

let desk: Desk;
let person: Person;
beforeAll(async () => void (desk = await openDesk(2)));
afterAll(() => desk.close());
beforeEach(async () => void (person = await Person.signUp(desk)));

const withoutPassword = async () =>
  (await changeAccount(desk.office.accounts, person.id, () => ({ passwordHash: null }))) as StoredAccount;
const addPasskey = (credentialId: string) =>
  desk.office.secondFactors.addPasskey({
    ...{ accountId: person.id, credentialId: `${person.id}${credentialId}`, publicKey: "AQID", counter: 0 },
    ...{ transports: [], name: credentialId, lastUsedAt: null },
  });
const remove = (id: string, node = 0) => codeOf(Accounts.removePasskey(desk.nodes[node]!, { id }, person.calling));

test("a password, passkeys and linked providers are ways to sign in", async () => {
  await addPasskey("a");
  await desk.office.identities.add({ accountId: person.id, provider: "kakao", subject: person.id });
  const ways = await waysToSignIn(desk.office, (await person.account)!);
  expect(ways).toEqual({ password: true, passkeys: 1, providers: ["kakao"] });
});

test("a password of an account without an address is none", async () => {
  const account = await changeAccount(desk.office.accounts, person.id, () => ({ email: null }));
  expect(await waysToSignIn(desk.office, account!)).toMatchObject({ password: false });
  const { id } = await addPasskey("a");
  expect(await remove(id)).toBe("LAST_SIGN_IN_METHOD");
});

test("the last passkey stays when nothing else is left to sign in with", async () => {
  const { id } = await addPasskey("a");
  await withoutPassword();
  expect(await remove(id)).toBe("LAST_SIGN_IN_METHOD");
  const { id: second } = await addPasskey("b");
  expect(await remove(id)).toEqual({ result: null });
  expect(await remove(second)).toBe("LAST_SIGN_IN_METHOD");
  expect((await factorsOf(desk.office, person.id)).passkeys).toHaveLength(1);
});

test("of two that are taken away at once, on two nodes, one stays", async () => {
  for (let round = 1; round <= 5; round += 1) {
    const account = await withoutPassword();
    const [a, b] = [await addPasskey(`a${round}`), await addPasskey(`b${round}`)];
    const outcomes = await Promise.all([remove(a.id, 0), remove(b.id, 1)]);
    expect(outcomes.filter((outcome) => outcome === "LAST_SIGN_IN_METHOD")).toHaveLength(1);
    expect((await waysToSignIn(desk.office, account)).passkeys).toBe(1);
    await forgetFactors(desk.office, person.id);
  }
});

test("a removal that fails hinders nobody after it", async () => {
  const account = (await person.account)!;
  const { id } = await addPasskey("a");
  const failing = takeWayAway(desk.office, account, () => Promise.reject(new Error("The store is away")));
  expect(await codeOf(failing)).toMatchObject({ message: "The store is away" });
  expect(await remove(id)).toEqual({ result: null });
});

describe("a member who goes", () => {
  test("leaves no factors behind, however often they are taken away", async () => {
    await person.setAppUp();
    await addPasskey("a");
    for (let times = 1; times <= 2; times += 1) await forgetFactors(desk.office, person.id);
    expect(await factorsOf(desk.office, person.id)).toEqual({ totp: false, recoveryCodesLeft: 0, passkeys: [] });
    expect(await desk.office.secondFactors.authenticator(person.id)).toBeUndefined();
  });

  test("leaves none behind that they added at that very moment", async () => {
    const account = (await person.account)!;
    const { token, options } = await Accounts.passkeyOptions(person.node, {}, person.calling);
    const credential = new SoftAuthenticator("http://localhost:3000").create(options);
    await changeAccount(desk.office.accounts, person.id, () => ({ status: "deleted" as const }));
    await forgetFactors(desk.office, person.id);

    const ctx = person.calling as unknown as CallContext;
    const added = addFromBrowser(desk.office, ctx, account, { token, credential, name: "Late" });
    expect(await codeOf(added)).toBe("UNAUTHENTICATED");
    expect(await codeOf(beginApp(desk.office, account))).toBe("UNAUTHENTICATED");
    expect((await factorsOf(desk.office, person.id)).passkeys).toEqual([]);
    expect(await desk.office.secondFactors.authenticator(person.id)).toBeUndefined();
  });
});
