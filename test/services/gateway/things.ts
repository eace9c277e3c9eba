import { z } from "zod";
import { callerId, requireVersion, type Handlers } from "../../../mixins/answer.ts";
import { contract, IfMatch, NoContent } from "../../../mixins/contract.ts";
import { failure, Forbidden, Unauthenticated } from "../../../mixins/failure.ts";
import { RateLimited } from "../../../services/gateway/gateway.contract.ts";
import { accessOf, csrfToken, type Stall } from "./stall.ts";

const Thing = z.strictObject({ id: z.string(), version: z.int(), name: z.string() }).meta({ id: "Thing" });
const ThingGone = failure<{ since: string }>("THING_GONE", 409, "The thing is gone");

/** A small service with one action for everything that the edge has to deal with. */
export const Things = contract("things", {
  list: {
    http: "GET /things",
    auth: "public",
    summary: "Lists",
    params: z.strictObject({
      limit: z.int().min(1).max(100).default(20),
      price: z.number().optional(),
      sold: z.boolean().optional(),
      tag: z.array(z.string()).optional(),
      year: z.array(z.int()).optional(),
      q: z.string().max(200).optional(),
    }),
    result: z.unknown(),
  },
  search: {
    http: "GET /things/search",
    auth: "public",
    summary: "Finds",
    params: z.strictObject({}),
    result: z.unknown(),
  },
  thing: {
    http: "GET /things/:id",
    auth: "public",
    summary: "Shows",
    params: z.strictObject({ id: z.string().max(50) }),
    result: Thing,
  },
  make: {
    http: "POST /things",
    auth: "member",
    status: 201,
    summary: "Makes",
    params: z.strictObject({ name: z.string().max(50), detail: z.unknown().optional() }),
    result: Thing,
    failures: [ThingGone],
    example: { name: "lamp" },
  },
  edit: {
    http: "PATCH /things/:id",
    auth: "member",
    summary: "Edits",
    params: z.strictObject({ id: z.string(), name: z.string(), ifMatch: IfMatch.optional() }),
    headers: { ifMatch: "If-Match" },
    result: Thing,
    rateLimit: { points: 5, perSeconds: 600 },
  },
  remove: {
    http: "DELETE /things/:id",
    auth: "moderator",
    status: 204,
    summary: "Removes",
    params: z.strictObject({ id: z.string() }),
    result: NoContent,
  },
  whoAmI: { http: "GET /who-am-i", auth: "public", summary: "Tells", params: z.strictObject({}), result: z.unknown() },
  say: {
    http: "POST /say",
    auth: "public",
    summary: "Says it again",
    params: z.strictObject({ text: z.string() }),
    result: z.unknown(),
    rateLimit: { points: 5, perSeconds: 600 },
    maxBodyBytes: 1000,
  },
  fail: {
    http: "POST /fail",
    auth: "public",
    summary: "Fails as it is told",
    params: z.strictObject({ how: z.string() }),
    result: NoContent,
    timeoutMs: 50,
    failures: [ThingGone],
  },
  picture: {
    http: "GET /things/picture.svg",
    auth: "public",
    summary: "Draws",
    produces: "image/svg+xml",
    params: z.strictObject({}),
    result: z.string(),
  },
  archive: {
    http: "GET /things/archive.zip",
    auth: "public",
    summary: "Packs",
    produces: "application/zip",
    inBase64: true,
    params: z.strictObject({ size: z.int().default(4) }),
    result: z.base64(),
  },
  pack: {
    http: "POST /things/archive.zip",
    auth: "public",
    summary: "Packs what is sent",
    produces: "application/octet-stream",
    inBase64: true,
    params: z.strictObject({ text: z.string() }),
    result: z.base64(),
  },
  big: { http: "GET /things/big", auth: "public", summary: "Much", params: z.strictObject({}), result: z.unknown() },
  infer: {
    http: "POST /v2/infer",
    atRoot: true,
    auth: "public",
    summary: "Infers",
    params: z.strictObject({ id: z.string() }),
    result: z.unknown(),
  },
  signIn: {
    http: "POST /sign-in",
    auth: "public",
    session: "opens",
    summary: "Signs in",
    params: z.strictObject({ name: z.string() }),
    result: z.strictObject({ access: z.string(), refresh: z.string(), csrfToken: z.string() }),
    otherResults: { 202: z.strictObject({ pending: z.literal(true) }) },
    failures: [ThingGone],
  },
  refresh: {
    http: "POST /refresh",
    auth: "public",
    summary: "Refreshes",
    params: z.strictObject({ refresh: z.string() }),
    cookies: { refresh: "refresh" },
    result: z.strictObject({ refresh: z.string() }),
  },
  signOut: {
    http: "POST /sign-out",
    auth: "public",
    status: 204,
    session: "closes",
    summary: "Signs out",
    params: z.strictObject({}),
    result: NoContent,
  },
  secret: { summary: "For services only", params: z.strictObject({}), result: z.string() },
});

/** Bytes of every value, which are no text in any encoding. */
export const archiveOf = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => 255 - (i % 256)));

function refuseOnce(stall: Stall): void {
  const status = stall.refuseOnce;
  stall.refuseOnce = undefined;
  if (status === 401) throw Unauthenticated();
  if (status === 403) throw Forbidden();
  if (status === 429) throw RateLimited({ retryAfterSeconds: 1 });
}

/** Handlers that note in the stall what ran. */
export function thingHandlers(stall: Stall): Handlers<typeof Things> {
  const ran = <T>(name: string, result: T): T => {
    stall.calls.push(name);
    return result;
  };
  const thing = (name: string, version = 1) => ({ id: "thing-1", version, name });
  return {
    list: (params) => ran("list", { asked: params }),
    search: () => ran("search", { found: [] }),
    thing: ({ id }) => ran("thing", { ...thing("lamp", 3), id }),
    async make({ name }, ctx) {
      stall.calls.push("make");
      stall.onceKeys.push(ctx.meta.onceKey);
      await stall.hold;
      refuseOnce(stall);
      if (name === "gone") throw ThingGone({ since: "yesterday" });
      if (name === "broken") throw new Error("cannot make it");
      return { ...thing(name), id: `thing-of-${callerId(ctx)}` };
    },
    edit({ name, ifMatch }) {
      stall.calls.push("edit");
      requireVersion(ifMatch, 3);
      return thing(name, 4);
    },
    remove: () => ran("remove", null),
    whoAmI: (_params, ctx) => ran("whoAmI", { ...ctx.meta }),
    say: (params) => ran("say", params),
    async fail({ how }, ctx) {
      stall.calls.push("fail");
      if (how === "late") await new Promise((resolve) => setTimeout(resolve, 400));
      if (how === "gone") throw ThingGone({ since: "yesterday" });
      if (how === "elsewhere") await ctx.broker.call("cellar.look");
      throw new TypeError("connect ECONNREFUSED 10.0.0.3:27017 at /srv/app/secret.ts");
    },
    picture: () => ran("picture", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    archive({ size }, ctx) {
      ctx.meta.$responseHeaders = {
        "Content-Disposition": 'attachment; filename="things.zip"',
        "Cache-Control": "no-store",
      };
      return ran("archive", archiveOf(size).toString("base64"));
    },
    pack: ({ text }) => ran("pack", Buffer.from(text, "latin1").toString("base64")),
    big: () => ran("big", { much: "much ".repeat(2000) }),
    infer: (params) => ran("infer", params),
    async signIn({ name }, ctx) {
      stall.calls.push("signIn");
      if (name === "nobody") throw ThingGone({ since: "ever" });
      if (name === "who-has-two-factors") {
        ctx.meta.$statusCode = 202;
        return { pending: true };
      }
      const access = await accessOf(name, "member");
      return { access, refresh: `refresh-of-${name}`, csrfToken: csrfToken(`session-of-${name}`) };
    },
    refresh(params) {
      if (params.refresh === "bad") throw ThingGone({ since: "its reuse" });
      return ran("refresh", params);
    },
    signOut: () => ran("signOut", null),
    secret: () => "for services only",
  };
}
