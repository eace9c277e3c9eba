import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { eventually } from "../../../eventually.ts";
import { mailsIn, tokenIn } from "../../../outbox.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";
import { PASSWORD, Person } from "../second-factor/person.ts";

const password = "staple tangerine orchard";
const SIX_MINUTES_MS = 6 * 60_000;

let desk: Desk;
let person: Person;
beforeEach(async () => {
  desk = await openDesk();
  person = await Person.signUp(desk);
});
afterEach(() => desk.close());

const change = (given: { currentPassword?: string; password: string }) =>
  codeOf(Accounts.changePassword(person.node, given, person.calling));
const set = async (patch: { passwordHash: null }) =>
  void (await desk.office.accounts.change((await person.account)!, patch));

test("a first password takes a fresh proof, and no current one", async () => {
  await set({ passwordHash: null });
  desk.clock.nowMs += SIX_MINUTES_MS;
  expect(await change({ password })).toBe("STEP_UP_REQUIRED");
  await desk.office.sessions.prove(person.session, ["passkey"]);
  expect(await change({ password })).toEqual({ result: null });
  expect(await codeOf(Accounts.login(person.node, { email: person.email, password }))).toMatchObject({ result: {} });
});

test("with an authenticator app the current password is not enough", async () => {
  await person.setAppUp();
  desk.clock.nowMs += SIX_MINUTES_MS;
  expect(await change({ currentPassword: PASSWORD, password })).toBe("STEP_UP_REQUIRED");
  await person.stepUp(person.code());
  expect(await change({ currentPassword: PASSWORD, password })).toEqual({ result: null });
});

test("a password that was replaced in the meantime has the last word", async () => {
  const changes = ["staple tangerine orchard", "another tangerine orchard"].map((next) =>
    change({ currentPassword: PASSWORD, password: next }),
  );
  expect((await Promise.all(changes)).map((end) => (typeof end === "string" ? end : "changed")).sort()).toEqual([
    "INVALID_CREDENTIALS",
    "changed",
  ]);
});

test("another address takes a fresh proof, and only the latest wish counts", async () => {
  const ask = (email: string) => codeOf(Accounts.changeEmail(person.node, { email }, person.calling));
  desk.clock.nowMs += SIX_MINUTES_MS;
  expect(await ask("first@example.com")).toBe("STEP_UP_REQUIRED");
  await desk.office.sessions.prove(person.session, ["password"]);
  for (const email of ["first@example.com", "second@example.com"]) expect(await ask(email)).toEqual({ result: {} });
  const tokens = await eventually(() =>
    ["first", "second"].map((name) => tokenIn(mailsIn(desk.dataDir, `${name}@example.com`)[0]!)),
  );
  const verify = (token: string) => codeOf(Accounts.verifyEmail(person.node, { token }));
  expect(await verify(tokens[0]!)).toBe("LINK_INVALID");
  expect(await verify(tokens[1]!)).toEqual({ result: null });
  expect(await person.account).toMatchObject({ email: "second@example.com" });
});

test("a link to another address is good for a day, one that verifies for a week", async () => {
  await Accounts.changeEmail(person.node, { email: "next@example.com" }, person.calling);
  const token = (to: string) => eventually(() => tokenIn(mailsIn(desk.dataDir, to)[0]!));
  const [toChange, toVerify] = [await token("next@example.com"), await token(person.email)];
  const verify = (given: string) => codeOf(Accounts.verifyEmail(person.node, { token: given }));
  desk.clock.nowMs += 24 * 3600_000;
  expect(await verify(toChange)).toBe("LINK_INVALID");
  desk.clock.nowMs += 6 * 24 * 3600_000 - 1;
  expect(await verify(toVerify)).toEqual({ result: null });
});
