import type { ServiceBroker } from "moleculer";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import type { AccountFields } from "../../../../services/accounts/accounts.store.ts";
import { codeOf, logOf, openDesk, type Desk } from "../desk.ts";

const PAIR = { email: "minji@example.com", password: "correct horse battery" };

let desk: Desk;
let node: ServiceBroker;
let signedIn: SignedIn;
const refresh = (token: string, at = node) => codeOf(Accounts.refresh(at, { refresh: token }));

beforeEach(async () => {
  desk = await openDesk(2);
  node = desk.nodes[0]!;
  signedIn = await Accounts.register(node, PAIR);
});
afterEach(() => desk.close());

test.each<[string, Partial<AccountFields>, string]>([
  ["suspended", { status: "suspended" }, "suspension"],
  ["deleted", { status: "deleted", email: null, passwordHash: null }, "deletion"],
])(
  "an account that was %s by somebody who died on the way refreshes nothing, now or later",
  async (_how, patch, end) => {
    const { accounts, signIns } = desk.office;
    const before = (await accounts.byId(signedIn.user.id))!;
    const changed = (await accounts.change(before, patch))!;
    expect(await refresh(signedIn.refresh)).toBe("INVALID_TOKEN");
    expect((await signIns.session(signedIn.refresh.split(".")[0]!))?.endedBy).toBe(end);
    await accounts.change(changed, { status: "active" });
    expect(await refresh(signedIn.refresh)).toBe("INVALID_TOKEN");
  },
);

test("a family that has ended still tells a reused token until its last token would have expired", async () => {
  await refresh(signedIn.refresh);
  desk.clock.nowMs += 60_000;
  expect(await refresh(signedIn.refresh)).toBe("REFRESH_REUSED");
  desk.clock.nowMs += 6 * 24 * 3600_000;
  await desk.office.purge(desk.clock.nowMs);
  expect(await refresh(signedIn.refresh)).toBe("REFRESH_REUSED");
  desk.clock.nowMs += 24 * 3600_000;
  await desk.office.purge(desk.clock.nowMs);
  expect(await refresh(signedIn.refresh)).toBe("INVALID_TOKEN");
});

test("tabs on two nodes that refresh at once again and again all stay signed in", async () => {
  let token = signedIn.refresh;
  for (let round = 0; round < 5; round += 1) {
    const tabs = Array.from({ length: 20 }, (_, n) => Accounts.refresh(desk.nodes[n % 2]!, { refresh: token }));
    const successors = new Set((await Promise.all(tabs)).map((answer) => answer.refresh));
    expect(successors.size).toBe(1);
    [token] = [...successors] as [string];
    desk.clock.nowMs += 60_000;
  }
});

test("many who reuse a token at once on two nodes are all refused, and the family has ended", async () => {
  const { refresh: current } = await Accounts.refresh(node, { refresh: signedIn.refresh });
  desk.clock.nowMs += 60_000;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => refresh(signedIn.refresh, desk.nodes[n % 2]!)),
  );
  expect(new Set(answers)).toEqual(new Set(["REFRESH_REUSED"]));
  expect(await refresh(current)).toBe("INVALID_TOKEN");
  const items = await logOf(desk.office, signedIn.user.id);
  expect(items.filter(({ what }) => what === "refreshReused")).toHaveLength(1);
});
