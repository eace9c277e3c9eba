import { z } from "zod";
import { answers } from "../../../mixins/answer.ts";
import { change, contract, fact, staleOn, type Action } from "../../../mixins/contract.ts";

const base = { summary: "For the test", params: z.strictObject({ id: z.string() }), result: z.string() };
const read = { ...base, http: "GET /things/:id", auth: "public", idempotent: true } as const;
const rule = { keys: ["id"], ttlSeconds: 5 };

describe("A cache rule", () => {
  const good: [string, Action][] = [
    ["a public read", { ...read, cache: rule }],
    ["an internal read", { ...base, idempotent: true, cache: rule }],
    [
      "a parameter that changes nothing, if it says so",
      {
        ...read,
        params: z.strictObject({ id: z.string(), loud: z.boolean() }),
        cache: { ...rule, regardlessOf: ["loud"] },
      },
    ],
    ["a member's read that is kept by caller", { ...read, auth: "member", cache: { ...rule, byCaller: true } }],
  ];
  test.each(good)("is accepted for %s", (_, action) => {
    expect(() => contract("things", { action })).not.toThrow();
  });

  const bad: [string, Action, RegExp][] = [
    ["what only members may see", { ...read, auth: "member", cache: rule }, /by caller/],
    ["what only moderators may see", { ...read, auth: "moderator", cache: rule }, /by caller/],
    ["a write", { ...read, http: "POST /things", cache: rule }, /only idempotent reads/],
    ["what is not idempotent", { ...read, idempotent: false, cache: rule }, /only idempotent reads/],
    ["an internal action that is not idempotent", { ...base, cache: rule }, /only idempotent reads/],
    ["a parameter that nobody knows", { ...read, cache: { ...rule, keys: ["id", "colour"] } }, /no parameter colour/],
    ["a parameter that it says nothing of", { ...read, cache: { ...rule, keys: [] } }, /says nothing of id/],
    ["parameters without names", { ...read, params: z.any(), cache: { ...rule, keys: [] } }, /have no names/],
    ["answers of several statuses", { ...read, otherResults: { 503: z.null() }, cache: rule }, /status/],
    ["no time at all", { ...read, cache: { ...rule, ttlSeconds: 0 } }, /ttlSeconds/],
    ["more than an hour", { ...read, cache: { ...rule, ttlSeconds: 3601 } }, /ttlSeconds/],
  ];
  test.each(bad)("is refused for %s", (_, action, reason) => {
    expect(() => contract("things", { action })).toThrow(reason);
    expect(() => contract("things", { action })).toThrow(/^things\.action cannot be cached/);
  });

  test("must tell results apart by what makes them stale", () => {
    const Painted = change("things.painted");
    const Things = contract("things", {
      show: { ...read, cache: { ...rule, staleOn: () => [staleOn(Painted, "colour")] } },
    });
    expect(() => answers(Things, { show: () => "red" })).toThrow(/colour is not among its keys/);
  });

  test("cannot follow by parameter a fact that does not say what it is about", () => {
    const Sold = fact("things.sold", z.object({ id: z.string() }));
    expect(() => staleOn(Sold, "id")).toThrow(/things\.sold does not say/);
    expect(staleOn(Sold)).toEqual({ cause: "things.sold" });
  });
});
