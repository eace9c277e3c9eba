import { digestOf } from "../../../mixins/digest.ts";
import type { StoredAccount } from "../accounts.store.ts";

/** Tells whether a password is still the one that something was asked or proved under, without another copy of its hash. */
export const passwordMark = ({ passwordHash }: StoredAccount): string => digestOf(passwordHash ?? "");
