import { z } from "zod";
import { contract, Id, Time } from "../../mixins/contract.ts";
import { failure } from "../../mixins/failure.ts";
import { EXAMPLE_LINK_TOKEN, LinkInvalid, OneTimeToken, StepUpRequired } from "../accounts/account.contract.ts";

/** A copy of what the market holds about a member. */
export const Export = z
  .strictObject({
    id: Id,
    state: z.enum(["gathering", "ready", "failed"]),
    askedAt: Time,
    readyAt: Time.nullable(),
    /** The link of the mail works until then. */
    expiresAt: Time.nullable(),
    bytes: z.int().nullable(),
  })
  .meta({ id: "Export" });
export type Export = z.infer<typeof Export>;

export const NoExport = failure("EXPORT_NOT_FOUND", 404, "You have not asked for your data yet");

export const Exports = contract("exports", {
  request: {
    http: "POST /accounts/me/export",
    auth: "member",
    status: 202,
    summary: "Gathers what every service holds about the caller; a mail brings the link to the ZIP",
    params: z.strictObject({}),
    result: Export,
    failures: [StepUpRequired],
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
    http: "GET /accounts/exports/:token",
    auth: "public",
    idempotent: true,
    large: true,
    timeoutMs: 30_000,
    summary: "The ZIP that the link of the mail leads to",
    params: z.strictObject({ token: OneTimeToken.meta({ examples: [EXAMPLE_LINK_TOKEN] }) }),
    result: z.base64(),
    produces: "application/zip",
    inBase64: true,
    failures: [LinkInvalid],
  },
});
