/**
 * Never runs: the compiler is the test. Each line below an expected error must fail to compile; when one of them
 * compiles, the type check reports the unused expectation.
 */
import { z } from "zod";
import { answers, type CallContext } from "../../mixins/answer.ts";
import { on } from "../../mixins/bus/bus.ts";
import { contract, fact, NoContent, type Published } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";

const Tea = z.strictObject({ leaf: z.string(), grams: z.int() });
const summary = "For the compiler";
const Teas = contract("teas", {
  brew: { summary, http: "POST /teas", auth: "member", params: Tea, result: z.strictObject({ cups: z.int() }) },
  restock: { summary, params: Tea, result: NoContent },
  search: { summary, params: z.strictObject({ page: z.int().default(1) }), result: z.array(Tea) },
});
const Brewed = fact("teas.brewed", z.object({ leaf: z.string() }));
const Sold = failure<{ leaf: string }>("SOLD", 409, "Somebody drank it");
const Cold = failure("COLD", 409, "It is cold");
const brew = async () => ({ cups: 2 });
const restock = async () => null;
const search = () => [];

export function handlersHaveTheShapeOfTheirContract() {
  answers(Teas, { brew, restock, search });
  answers(Teas, {
    search,
    restock,
    async brew({ leaf, grams }, ctx) {
      const named: string = leaf;
      const counted: number = grams;
      const caller: string | undefined = ctx.meta.accountId;
      return { cups: counted + named.length + (caller ? 1 : 0) };
    },
  });
  // @ts-expect-error a handler is missing
  answers(Teas, { brew, restock });
  // @ts-expect-error a handler that no action declares
  answers(Teas, { brew, restock, search, steep: brew });
  // @ts-expect-error a result of the wrong type
  answers(Teas, { brew: async () => ({ cups: "two" }), restock, search });
  // @ts-expect-error a result without a required field
  answers(Teas, { brew: async () => ({}), restock, search });
  // @ts-expect-error something where nothing was declared
  answers(Teas, { brew, restock: async () => ({ cups: 1 }), search });
  // @ts-expect-error nothing where something was declared
  answers(Teas, { brew: async () => {}, restock, search });
  // @ts-expect-error parameters that the contract does not declare
  answers(Teas, { brew: async ({ sugar }) => ({ cups: sugar }), restock, search });
  // @ts-expect-error a parameter taken for another type
  answers(Teas, { brew: async (tea: { leaf: number }) => ({ cups: tea.leaf }), restock, search });
  answers(Teas, {
    restock,
    brew,
    // The schema's default has been applied: the handler never sees undefined.
    search: ({ page }) => [{ leaf: "green", grams: page.valueOf() }],
  });
}

export async function callsHaveTheShapeOfTheirContract(ctx: CallContext) {
  const { cups }: { cups: number } = await Teas.brew(ctx, { leaf: "green", grams: 2 });
  await Teas.brew(ctx.broker, { leaf: "green", grams: cups });
  await Teas.search(ctx, {});
  // @ts-expect-error a parameter is missing
  await Teas.brew(ctx, { leaf: "green" });
  // @ts-expect-error a parameter of the wrong type
  await Teas.brew(ctx, { leaf: "green", grams: "2" });
  // @ts-expect-error a parameter that the contract does not know
  await Teas.brew(ctx, { leaf: "green", grams: 2, sugar: true });
  // @ts-expect-error no parameters at all
  await Teas.brew(ctx);
  // @ts-expect-error nothing that could carry the call
  await Teas.brew({ leaf: "green", grams: 2 });
  // @ts-expect-error an action that the contract does not have
  await Teas.steep(ctx, {});
  // @ts-expect-error the result taken for something else
  const wrong: { pots: number } = await Teas.brew(ctx, { leaf: "green", grams: 2 });
  return wrong;
}

export function publishingIsDeliberate() {
  const params = Tea;
  const result = NoContent;
  contract("teas", { ok: { summary, http: "GET /teas", auth: "public", params, result, status: 204 } });
  // @ts-expect-error a published action must say who may call it
  contract("teas", { open: { summary, http: "GET /teas", params, result } });
  // @ts-expect-error a role that does not exist
  contract("teas", { open: { summary, http: "GET /teas", auth: "barista", params, result } });
  // @ts-expect-error a method that does not exist
  contract("teas", { open: { summary, http: "FETCH /teas", auth: "public", params, result } });
  // @ts-expect-error a route that is no path
  contract("teas", { open: { summary, http: "GET teas", auth: "public", params, result } });
  // @ts-expect-error auth on an action that nobody outside can reach
  contract("teas", { inner: { summary, auth: "member", params, result } });
  // @ts-expect-error a status without a route
  contract("teas", { inner: { summary, status: 201, params, result } });
  // @ts-expect-error an action must say what its caller gets
  contract("teas", { mute: { params, result } });
  // @ts-expect-error an action must declare its parameters
  contract("teas", { shapeless: { summary, result } });
  const published: Published = Teas.$actions.brew;
  // @ts-expect-error an internal action cannot be offered over HTTP
  const offered: Published = Teas.$actions.restock;
  return [published, offered];
}

export function factsAndFailuresAreTyped() {
  Brewed({ leaf: "green" });
  // @ts-expect-error a payload of another shape
  Brewed({ leaf: 1 });
  // @ts-expect-error a payload without its field
  Brewed({});
  on(Brewed, async ({ leaf }, factId) => void [leaf.length, factId.length]);
  // @ts-expect-error the payload has no such field
  on(Brewed, async ({ grams }) => void grams);
  Cold();
  Cold({ detail: "Pour it away" });
  Sold({ leaf: "green", detail: "An hour ago" });
  // @ts-expect-error a refusal with data needs its data
  Sold();
  // @ts-expect-error data of another shape
  Sold({ leaf: 1 });
  // @ts-expect-error a refusal without data takes none
  Cold({ leaf: "green" });
}
