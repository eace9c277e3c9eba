import { z } from "zod";
import { isPublished, type Action, type Contract, type FactKind, type Published } from "../../mixins/contract.ts";
import { contractModules, isContract, isProduct, sourceTree } from "./source-tree.ts";

/** Facts that nobody has to hear, and why they are declared all the same. */
const HEARD_BY_NOBODY: Record<string, string> = {};

const isOne =
  <T>(key: string) =>
  (value: unknown): value is T =>
    value !== null && (typeof value === "object" || typeof value === "function") && key in (value as object);
const isContractValue = isOne<Contract>("$actions");
const isFact = isOne<FactKind>("factName");
const isFailure = isOne<{ code: string; status: number; title: string }>("code");

let exported: { file: string; name: string; value: unknown }[];
let contracts: { file: string; value: Contract }[];
let published: { at: string; action: Published }[];
const tree = sourceTree();

beforeAll(async () => {
  exported = [...(await contractModules())].flatMap(([file, module]) =>
    Object.entries(module).map(([name, value]) => ({ file, name, value })),
  );
  contracts = exported.flatMap(({ file, value }) => (isContractValue(value) ? [{ file, value }] : []));
  published = contracts.flatMap(({ value }) =>
    Object.entries(value.$actions).flatMap(([name, action]) =>
      isPublished(action) ? [{ at: `${value.$name}.${name}`, action }] : [],
    ),
  );
});

test("every service folder has a contract, and a contract belongs to its folder", () => {
  const folders = new Set(tree.flatMap(({ path }) => /^services\/([^/]+)\//.exec(path)?.[1] ?? []));
  const foldersWithContract = new Set(contracts.map(({ file }) => file.split("/")[1]));
  expect(foldersWithContract).toEqual(folders);
  const main = contracts.filter(({ file, value }) => file === `services/${value.$name}/${value.$name}.contract.ts`);
  expect(new Set(main.map(({ value }) => value.$name))).toEqual(folders);
});

test("every action says in one sentence what it gives", () => {
  const actions = contracts.flatMap(({ value }) => Object.entries<Action>(value.$actions));
  const silent = actions.filter(([, { summary }]) => !/^[A-Z].{3,149}[^.\s]$/.test(summary)).map(([name]) => name);
  expect(actions.length).toBeGreaterThan(20);
  expect(silent).toEqual([]);
});

test("every published action says who may call it", () => {
  const known = ["public", "member", "advertiser", "moderator", "admin"];
  expect(published.filter(({ action }) => !known.includes(action.auth)).map(({ at }) => at)).toEqual([]);
});

test("no two actions share a route", () => {
  const routes = published.map(({ action }) => action.http.replaceAll(/:\w+/g, ":"));
  expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([]);
});

test("parameters are closed: an unknown field is a fault", () => {
  const open = published.filter(({ action }) => action.params.safeParse({ __nobodyKnowsMe: 1 }).success);
  expect(open.map(({ at }) => at)).toEqual([]);
});

test("every route with a body shows an example, and every example is good", () => {
  const faults = published.flatMap(({ at, action }) => {
    if (action.example === undefined) return /^(POST|PUT|PATCH)/.test(action.http) ? [`${at} has no example`] : [];
    const inPath = [...action.http.matchAll(/:(\w+)/g)].map(([, name]) => [name!, pathExample(action, name!)]);
    const { error } = action.params.safeParse({ ...Object.fromEntries(inPath), ...(action.example as object) });
    return error ? [`${at}: ${z.prettifyError(error)}`] : [];
  });
  expect(faults).toEqual([]);
});

/** A good value of a parameter in the path: one that its schema shows, else an id. */
function pathExample({ params }: Published, name: string): unknown {
  const { properties = {}, $defs = {} } = z.toJSONSchema(params, { io: "input", unrepresentable: "any" });
  const property = properties[name] as { examples?: unknown[]; $ref?: string } | undefined;
  const shown = property?.$ref ? $defs[property.$ref.split("/").at(-1)!] : property;
  return (shown as { examples?: unknown[] } | undefined)?.examples?.[0] ?? "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a";
}

test("a failure has one code, written LIKE_THIS, with a status that refuses", () => {
  const failures = exported.flatMap(({ value }) => (isFailure(value) ? [value] : []));
  expect(failures.length).toBeGreaterThan(5);
  expect(failures.filter(({ code, status }) => !/^[A-Z][A-Z_]+$/.test(code) || status < 400 || status > 599)).toEqual(
    [],
  );
  const meanings = new Map(failures.map((failure) => [failure.code, failure]));
  expect(failures.filter((failure) => meanings.get(failure.code)!.status !== failure.status)).toEqual([]);
});

describe("facts", () => {
  test("are named after their publisher, in a constant of their own", () => {
    const facts = exported.filter(({ value }) => isFact(value));
    expect(facts.length).toBeGreaterThan(0);
    for (const { file, name, value } of facts) {
      const [service, what] = (value as FactKind).factName.split(".") as [string, string];
      expect(file).toBe(`services/${service}/${service}.contract.ts`);
      const named = [service, service.replace(/s$/, "")].map((noun) => `${noun}${what}`.toLowerCase());
      expect(named).toContain(name.toLowerCase());
    }
  });

  test("each have a subscriber, or a reason to have none", () => {
    const product = tree.filter(({ path }) => path.startsWith("services/") && path.endsWith(".ts"));
    const orphans = exported
      .filter(({ name, value }) => isFact(value) && !product.some(({ text }) => subscribesTo(name, text)))
      .map(({ value }) => (value as FactKind).factName);
    expect(orphans).toEqual(Object.keys(HEARD_BY_NOBODY));
  });

  test("a subscription is known by its call", () => {
    expect(subscribesTo("CarSold", "subscriptions: [\n  on(CarSold, (sold) => keep(sold))]")).toBe(true);
    expect(subscribesTo("CarSold", "on(CarSoldOut, keep); broker.on(CarSold)")).toBe(false);
  });
});

const subscribesTo = (name: string, text: string) => new RegExp(`(?<![.\\w])on\\(\\s*${name}\\s*,`).test(text);

describe("no action is called by a text", () => {
  const product = tree
    .filter(({ path }) => isProduct(path) && !isContract(path))
    .map(({ path, text }) => ({ path, text: text.replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/.*?$/gms, "") }));
  /** Moleculer's own actions (`$node.list`) have no contract. */
  const byText = (text: string) => [...text.matchAll(/\b(?:ctx|broker|via)\.(?:call|mcall)\(\s*["'`](?!\$)[^"'`]*/g)];

  test("in the product", () => {
    const names = contracts.flatMap(({ value }) => Object.keys(value.$actions).map((name) => `${value.$name}.${name}`));
    const quoted = new RegExp(`["'\`](${names.map((name) => name.replace(".", "\\.")).join("|")})["'\`]`, "g");
    const found = product
      .filter(({ path }) => path !== "mixins/contract.ts")
      .flatMap(({ path, text }) => [...byText(text), ...text.matchAll(quoted)].map(([hit]) => `${path}: ${hit}`));
    expect(found).toEqual([]);
  });

  test("and such a call would be noticed", () => {
    expect(byText(`await ctx.call("accounts.me", {})`)).toHaveLength(1);
    expect(byText("await broker.call(`accounts.${action}`)")).toHaveLength(1);
    expect(byText(`await broker.call("$node.services")`)).toHaveLength(0);
  });
});
