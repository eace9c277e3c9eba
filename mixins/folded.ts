/** The form in which texts are compared when neither the width of letters nor capitals count: NFKC in lower case. */
export const folded = (text: string): string => text.normalize("NFKC").toLowerCase();
