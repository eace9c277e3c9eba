import { z } from "zod";
import { contract, Id, Time } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";
import {
  AddressNotVerified,
  EXAMPLE_LINK_TOKEN,
  LinkInvalid,
  OneTimeToken,
  StepUpRequired,
} from "../accounts/account.contract.ts";

/** A copy of what the market holds about a member. */
export const Export = z
  .strictObject({
    id: Id,
    state: z
      .enum(["gathering", "ready", "failed"])
      .meta({ description: "ready: the mail with the link is on its way" }),
    askedAt: Time,
    readyAt: Time.nullable(),
    expiresAt: Time.nullable().meta({ description: "The link of the mail works until then, or until a newer one" }),
    bytes: z.int().nullable().meta({ description: "Size of the ZIP" }),
    reason: z
      .enum(["tooLarge", "servicesUnavailable"])
      .nullable()
      .meta({ description: "Why it failed; you may ask again at once" }),
  })
  .meta({ id: "Export" });
export type Export = z.infer<typeof Export>;

export const NoExport = failure("EXPORT_NOT_FOUND", 404, "You have not asked for your data lately");

export const Exports = contract("exports", {
  request: {
    http: "POST /accounts/me/export",
    auth: "member",
    status: 202,
    summary:
      "Gathers what every service holds about the caller; a mail brings the link. Within an hour: the same again",
    params: z.strictObject({}),
    result: Export,
    failures: [StepUpRequired, AddressNotVerified],
    rateLimit: { points: 10, perSeconds: 600 },
    example: {},
  },
  latest: {
    http: "GET /accounts/me/export",
    auth: "member",
    idempotent: true,
    summary: "How far the caller's latest export is",
    params: z.strictObject({}),
    result: Export,
    failures: [NoExport],
  },
  download: {
    // The token is a parameter of the query, because logs of ours tell paths and leave queries out.
    http: "GET /accounts/exports/download",
    auth: "public",
    idempotent: true,
    large: true,
    timeoutMs: 30_000,
    summary: "The ZIP that the link of the mail leads to, as often as it is asked for until the link expires",
    params: z.strictObject({ token: OneTimeToken.meta({ examples: [EXAMPLE_LINK_TOKEN] }) }),
    result: z.base64(),
    produces: "application/zip",
    inBase64: true,
    failures: [LinkInvalid],
    rateLimit: { points: 30, perSeconds: 600 },
  },
});
