import type { TokenIssuer } from "../../mixins/tokens/access-gate.ts";
import { Accounts } from "../accounts/accounts.contract.ts";
import { TOKENS_ENDED } from "../accounts/sign-in/sign-in.contract.ts";

/** Moleculer's own, missing in its types. */
interface ActionCatalog {
  isAvailable(action: string): boolean;
}

/** Who makes the access tokens that callers show. */
export const tokenIssuer: TokenIssuer = {
  event: TOKENS_ENDED,
  isThere: ({ registry }) => (registry.actions as ActionCatalog).isAvailable(`${Accounts.$name}.endings`),
  keys: async (via) => (await Accounts.keys(via, {})).keys,
  endings: (via, sinceMs) => Accounts.endings(via, { sinceMs }),
};
