import type { ServiceBroker } from "moleculer";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import { eventually } from "../../../eventually.ts";
import { mailsIn, tokenIn } from "../../../outbox.ts";
import { callerOf, codeOf, openDesk, type Desk } from "../desk.ts";

const pair = { email: "minji@example.com", password: "correct horse battery" };
const NEW = "minji@new.example";

let desk: Desk;
let node: ServiceBroker;
let minji: ReturnType<typeof callerOf>;
beforeEach(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  minji = callerOf(await Accounts.register(node, pair));
});
afterEach(() => desk.close());

const ask = (email: string) => codeOf(Accounts.changeEmail(node, { email }, minji));
async function token(): Promise<string> {
  expect(await ask(NEW)).toEqual({ result: {} });
  return eventually(() => tokenIn(mailsIn(desk.dataDir, NEW).at(-1)!));
}
const address = async () => (await desk.office.accounts.byId(minji.meta.accountId))!.email;

test("an account gets the address whose link is followed", async () => {
  expect(await codeOf(Accounts.verifyEmail(node, { token: await token() }))).toEqual({ result: null });
  expect(await address()).toBe(NEW);
});

test("a link that was asked for under another password is worth nothing", async () => {
  const given = await token();
  await changeAccount(desk.office.accounts, minji.meta.accountId, () => ({ passwordHash: "$argon2id$another" }));
  expect(await codeOf(Accounts.verifyEmail(node, { token: given }))).toBe("LINK_INVALID");
  expect(await address()).toBe(pair.email);
});

test.each<[string, string, string]>([
  ["the address that one has", "Minji@Example.com", "INVALID_INPUT"],
  ["an address that no mail server takes", `${"m".repeat(65)}@example.com`, "INVALID_INPUT"],
])("%s is refused", async (_what, email, code) => {
  expect(await ask(email)).toBe(code);
});
