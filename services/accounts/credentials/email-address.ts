import { folded } from "../../../mixins/folded.ts";

/** The form in which e-mail addresses are stored and compared. An address of no account is just not found. */
export const canonicalEmail = (address: string): string => folded(address.trim());
