import type { ServiceBroker } from "moleculer";
import { ACCESS_SECONDS } from "../../../../mixins/tokens/access-token.ts";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { badTokens, tokenMaker, type TokenMaker } from "../../../mixins/tokens/bad-tokens.ts";
import { codeOf, openDesk, type Desk } from "../desk.ts";

let desk: Desk;
let node: ServiceBroker;
let signedIn: SignedIn;
let maker: TokenMaker;
const verify = (token: string) => codeOf(Accounts.verify(node, { token }));

beforeAll(async () => {
  desk = await openDesk();
  node = desk.nodes[0]!;
  signedIn = await Accounts.register(node, { email: "minji@example.com", password: "correct horse battery" });
  const claims = (await desk.office.tokens.verify(signedIn.access))!;
  const { privateKey } = await desk.office.signingKeys.current();
  const [publicKey] = await desk.office.signingKeys.published();
  maker = tokenMaker({ publicKey: publicKey!, privateKey: async () => privateKey }, () => ({
    claims,
    nowMs: desk.clock.nowMs,
  }));
});
afterAll(() => desk.close());

test("the token of a live session is good, and so is one made by the same rules", async () => {
  expect(await verify(signedIn.access)).toEqual({ result: null });
  expect(await verify(await maker.make())).toEqual({ result: null });
});

test("none that is bad in any way passes", async () => {
  const bad = badTokens(maker);
  expect(bad.length).toBeGreaterThan(80);
  for (const [title, make] of bad) {
    expect([title, await verify(await make())]).toEqual([title, expect.stringMatching(/^INVALID_(TOKEN|INPUT)$/)]);
  }
});

test.each<[string, () => string | Promise<string>]>([
  ["a session that is not there", () => maker.make({}, { sid: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" })],
  ["a refresh token", () => signedIn.refresh],
])("%s is refused", async (_title, make) => {
  expect(await verify(await make())).toBe("INVALID_TOKEN");
});

test("a token is good for a quarter of an hour", async () => {
  desk.clock.nowMs += (ACCESS_SECONDS - 1) * 1000;
  expect(await verify(signedIn.access)).toEqual({ result: null });
  desk.clock.nowMs += 1000;
  expect(await verify(signedIn.access)).toBe("INVALID_TOKEN");
});
