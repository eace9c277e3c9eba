import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { AccountDeleted } from "../../../services/accounts/accounts.contract.ts";
import { Exports } from "../../../services/exports/exports.contract.ts";
import { linkTokens } from "../../../services/exports/domain/link-tokens.ts";
import { eventually } from "../../eventually.ts";
import { codeOf } from "../accounts/desk.ts";
import { member, openBureau, SECRET, type Bureau, type Member } from "./bureau.ts";

const WEEK_MS = 7 * 24 * 3600_000;
let bureau: Bureau;
let who: Member;
beforeEach(async () => {
  bureau = await openBureau();
  who = somebody();
});
afterEach(() => bureau.close());

function somebody(): Member {
  const one = member();
  bureau.held.accounts.set(one.meta.accountId, [{ kind: "profile", record: { name: "ada" } }]);
  return one;
}

const ready = async () => {
  const { id } = await bureau.ask(who);
  await bureau.reached(who, "ready");
  return { id, token: bureau.tokenOf(who) };
};
const forget = (accountId: string) => bureau.nodes[0]!.bus!.publish(AccountDeleted({ accountId }));

test("a link works as often as it is followed, for the scanner of a mail server may be first", async () => {
  const { token } = await ready();
  const [first, again] = [await bureau.download(token), await bureau.download(token)];
  expect(again).toEqual(first);
});

test("what is sent is a ZIP that nobody keeps on the way", async () => {
  const { token } = await ready();
  const meta: { $responseHeaders?: Record<string, string> } = {};
  await Exports.download(bureau.nodes[0]!, { token }, { meta });
  const day = new Date(bureau.clock.nowMs).toISOString().slice(0, 10);
  expect(meta.$responseHeaders).toEqual({
    ...{ "Content-Disposition": `attachment; filename="hallabong-${day}.zip"`, "Cache-Control": "no-store" },
  });
});

test("a token that is none of ours opens nothing", async () => {
  const { id, token } = await ready();
  const others = ["A".repeat(43), token.replace(/^./, (c) => (c === "A" ? "B" : "A"))];
  const guessed = linkTokens(`${SECRET}!`).of(id);
  for (const one of [...others, guessed]) expect(await codeOf(bureau.download(one))).toBe("LINK_INVALID");
  expect(await codeOf(bureau.download("short"))).toBe("INVALID_INPUT");
});

test("no file of the store holds the token", async () => {
  const { token } = await ready();
  const files = readdirSync(bureau.directory).map((name) => readFileSync(path.join(bureau.directory, name)));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((bytes) => bytes.includes(token))).toEqual([]);
});

test("a week later the link ends, and the next cleaning leaves nothing", async () => {
  const { id, token } = await ready();
  bureau.clock.nowMs += WEEK_MS - 60_000;
  expect(await bureau.download(token)).toHaveProperty(["README.txt"]);
  bureau.clock.nowMs += 60_000;
  expect(await codeOf(bureau.download(token))).toBe("LINK_INVALID");
  expect(await codeOf(Exports.latest(bureau.nodes[0]!, {}, who))).toBe("EXPORT_NOT_FOUND");
  await bureau.startAgain();
  await eventually(async () => expect(await bureau.rows.byId(id)).toBeUndefined());
  expect(await bureau.pieceCount(id)).toBe(0);
});

test("with a member goes what was made for them, and nobody else's", async () => {
  const { id, token } = await ready();
  const gone = who;
  who = somebody();
  const { token: another } = await ready();
  await forget(gone.meta.accountId);
  expect(await codeOf(bureau.download(token))).toBe("LINK_INVALID");
  expect(await codeOf(Exports.latest(bureau.nodes[0]!, {}, gone))).toBe("EXPORT_NOT_FOUND");
  expect([await bureau.pieceCount(id), (await bureau.rows.byId(id))!.digest]).toEqual([0, null]);
  expect(await bureau.download(another)).toHaveProperty(["README.txt"]);
  await forget(gone.meta.accountId);
});

test("a member who goes while their export is made gets none: no mail, no pieces", async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let wasAsked = false;
  bureau.before = () => {
    wasAsked = true;
    return held;
  };
  const { id } = await bureau.ask(who);
  await eventually(() => expect(wasAsked).toBe(true));
  await forget(who.meta.accountId);
  letGo();
  await bureau.settled();
  expect([(await bureau.rows.byId(id))!.state, await bureau.pieceCount(id), bureau.mails]).toEqual(["gone", 0, []]);
});

test("an export for which there is nobody to write to is taken away", async () => {
  bureau.held.accounts.delete(who.meta.accountId);
  const { id } = await bureau.ask(who);
  await eventually(async () => expect((await bureau.rows.byId(id))!.state).toBe("gone"));
  await bureau.settled();
  expect(await bureau.pieceCount(id)).toBe(0);
});
