import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { codeOf, type Failure } from "../../../mixins/failure.ts";
import { ProviderRefused, ProviderUnavailable } from "./providers.contract.ts";

/** Takes a line for the operator: what is wrong, by codes; never a secret, a code or a token. */
export type Report = (line: string) => void;

/** What openid-client says when a provider's word does not hold: issuer, audience, time, nonce, signature, key. */
const NOT_VOUCHED = new Set([
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  "OAUTH_KEY_SELECTION_FAILED",
  "OAUTH_INVALID_RESPONSE",
]);
/** Error codes of RFC 6749 §5.2 that are our operator's to mend. */
const OUR_FAULT = new Set(["invalid_client", "unauthorized_client"]);
const PASSING = new Set(["server_error", "temporarily_unavailable"]);

/**
 * The failure that an exchange ended in, in the words of the contract. The library's errors hold answers of the
 * provider: nothing of them goes on but a code.
 */
export function exchangeTrouble(provider: string, error: unknown, report: Report): Failure {
  const said = error instanceof ResponseBodyError ? error : undefined;
  if (isOurFault(error)) {
    report(`${provider} does not know this installation: look at its id and secret (${said?.error ?? "401"})`);
    return ProviderUnavailable();
  }
  if (said && said.status < 500 && said.status !== 429 && !PASSING.has(said.error)) return ProviderRefused();
  if (error instanceof ClientError && NOT_VOUCHED.has(error.code ?? "")) return ProviderRefused();
  return unavailable(provider, error, report);
}

/** The provider does not answer, or not as it should. */
export function unavailable(provider: string, error: unknown, report: Report): Failure {
  const code = (error as { code?: unknown } | undefined)?.code;
  report(`${provider} does not answer as it should: ${typeof code === "string" ? code : codeOf(error)}`);
  return ProviderUnavailable();
}

const isOurFault = (error: unknown): boolean =>
  error instanceof WWWAuthenticateChallengeError || (error instanceof ResponseBodyError && OUR_FAULT.has(error.error));
