import { randomUUID } from "node:crypto";
import { eventually } from "../eventually.ts";
import { ask, type Answer, type Ask } from "./ask.ts";

const BRAND = "Hyundai";
const MODEL = "Tucson";
const car = {
  ...{ brand: BRAND, model: MODEL, year: 2018, mileage: 32_000, fuelType: "Petrol" },
  ...{ transmission: "Manual", engineSize: 1.6, price: 14_500, currency: "GBP" },
};
const described = "brand=Hyundai&model=Tucson&year=2018&mileage=32000&fuelType=Petrol";

/** What the market has promised to a member who trades while things break. */
interface Promised {
  /** Acknowledged cars by id. */
  cars: Map<string, { title: string; price: number; version: number }>;
  /** Requests that offered a car and had no good answer: by title, which tells each offer apart. */
  unsure: Map<string, Ask>;
}

/** A member with cars, and the mix of requests that a market lives on. */
export interface Traffic {
  readonly promised: Promised;
  /** The next request of the mix: four fifths reads. */
  next(): Ask;
  /** Rejects when something acknowledged is missing at the owner or in the search, or a repeated offer exists twice. */
  verify(gateways: readonly string[]): Promise<void>;
}

export async function openTraffic(gateways: readonly string[]): Promise<Traffic> {
  const email = `${randomUUID()}@example.com`;
  const registered = await askUntilGood(gateways, {
    ...{ service: "accounts", method: "POST", path: "/accounts/registration", idempotent: false },
    body: { email, password: "correct horse battery" },
  });
  const token = registered.body.access as string;
  const promised: Promised = { cars: new Map(), unsure: new Map() };
  const writes = writesOf(promised, { authorization: `Bearer ${token}` });
  for (let i = 0; i < 20; i++) await askUntilGood(gateways, writes.offer());
  const asks = [...readsOf(promised, token), writes.offer, writes.offer, writes.edit];
  let turn = 0;
  return {
    promised,
    next: () => asks[turn++ % asks.length]!(),
    verify: (urls) => verify(urls, promised),
  };
}

/** Twelve reads over all services. */
function readsOf({ cars }: Promised, token: string): (() => Ask)[] {
  const get = (service: string, path: string | (() => string), headers?: Record<string, string>) => (): Ask => ({
    ...{ service, method: "GET", idempotent: true, path: typeof path === "string" ? path : path() },
    ...(headers && { headers }),
  });
  const post = (service: string, path: string, body: object) => (): Ask => ({
    ...{ service, method: "POST", idempotent: true, path, body },
  });
  const filter = get("search", `/cars/filter-search?brand=${BRAND}&minYear=2017&sort=price_asc`);
  const page = get("listings", () => `/cars/${pick([...cars.keys()])}`);
  const { transmission: _transmission, currency: _currency, ...asked } = car;
  const predict = post("prediction", "/train/predict", asked);
  const verifyToken = post("accounts", "/accounts/token/verify", { token });
  return [
    ...[filter, page, predict, verifyToken, filter, page, predict],
    get("search", "/cars/top-brands"),
    get("search", `/cars/brand-models?brand=${BRAND}`),
    get("accounts", "/accounts/me", { authorization: `Bearer ${token}` }),
    get("prediction", `/train/predict/chart.svg?${described}`),
    page,
  ];
}

function writesOf({ cars, unsure }: Promised, headers: Record<string, string>) {
  function offer(): Ask {
    const title = `Offer ${randomUUID()}`;
    const asked: Ask = {
      ...{ service: "listings", method: "POST", path: "/cars", idempotent: false, body: { ...car, title } },
      headers: { ...headers, "idempotency-key": title.replace(" ", "-") },
      onGood({ body }) {
        unsure.delete(title);
        cars.set(body.id, { title, price: body.price, version: body.version });
      },
    };
    unsure.set(title, asked);
    return asked;
  }
  function edit(): Ask {
    const id = pick([...cars.keys()]);
    const price = 10_000 + Math.floor(Math.random() * 5000);
    return {
      ...{ service: "listings", method: "PATCH", path: `/cars/${id}`, idempotent: false, headers, body: { price } },
      onGood({ body }) {
        const known = cars.get(id)!;
        if (body.version > known.version) cars.set(id, { ...known, price, version: body.version });
      },
    };
  }
  return { offer, edit };
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

/** Repeats a request as a patient client would: with the same key, until the answer is good. */
const askUntilGood = (gateways: readonly string[], asked: Ask): Promise<Answer> =>
  eventually(async () => {
    const answer = await ask(gateways, 0, asked);
    if (answer.status >= 400) throw new Error(`${asked.method} ${asked.path}: ${JSON.stringify(answer.body)}`);
    asked.onGood?.(answer);
    return answer;
  }, 90_000);

interface Shown {
  id: string;
  title: string;
  price: number;
  version: number;
}

async function verify(gateways: readonly string[], { cars, unsure }: Promised): Promise<void> {
  for (const asked of [...unsure.values()]) await askUntilGood(gateways, asked);
  const owned = await Promise.all(
    [...cars.keys()].map(async (id) => (await askUntilGood(gateways, pageOf(id))).body as Shown),
  );
  // A later edit whose answer was lost may have raised the version; what was acknowledged is never taken back.
  const lost = owned.filter(({ id, title, version, price }) => {
    const known = cars.get(id)!;
    return title !== known.title || version < known.version || (version === known.version && price !== known.price);
  });
  if (lost.length > 0) throw new Error(`The owner has lost ${JSON.stringify(lost)}`);
  await eventually(async () => compare(owned, await found(gateways)), 60_000);
}

const pageOf = (id: string): Ask => ({ service: "listings", method: "GET", path: `/cars/${id}`, idempotent: true });

/** All that the search knows of this traffic. */
async function found(gateways: readonly string[]): Promise<Shown[]> {
  const seen: Shown[] = [];
  let cursor = "";
  do {
    const path = `/cars/filter-search?brand=${BRAND}&model=${MODEL}&size=100&sort=newest${cursor}`;
    const { body } = await askUntilGood(gateways, { service: "search", method: "GET", path, idempotent: true });
    seen.push(...body.items);
    cursor = body.nextCursor ? `&cursor=${encodeURIComponent(body.nextCursor)}` : "";
  } while (cursor !== "");
  return seen;
}

function compare(owned: readonly Shown[], seen: readonly Shown[]): void {
  const byId = new Map(seen.map((one) => [one.id, one]));
  const missing = owned.filter(({ id, price }) => byId.get(id)?.price !== price);
  if (missing.length > 0) throw new Error(`The search lacks ${missing.length} of ${owned.length} cars`);
  const titles = new Set(seen.map(({ title }) => title));
  if (titles.size < seen.length) throw new Error(`${seen.length - titles.size} offers exist twice`);
}
