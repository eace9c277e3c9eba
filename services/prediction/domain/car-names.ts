/** Other names of brands, by nameKey; `cclass` and `focus` are how two source files name theirs. */
const BRAND_ALIASES: Readonly<Record<string, string>> = {
  merc: "mercedesbenz",
  mercedes: "mercedesbenz",
  benz: "mercedesbenz",
  cclass: "mercedesbenz",
  focus: "ford",
  hyundi: "hyundai",
  vw: "volkswagen",
  벤츠: "mercedesbenz",
  메르세데스벤츠: "mercedesbenz",
  현대: "hyundai",
  폭스바겐: "volkswagen",
  아우디: "audi",
  포드: "ford",
  토요타: "toyota",
  도요타: "toyota",
  스코다: "skoda",
};

/**
 * What two spellings of one name have in common: lower case, no accents, no blanks or punctuation.
 * The plus sign stays, for a Ford Ka+ is not a Ford KA.
 */
export const nameKey = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}+]/gu, "");

/** The key under which a brand is kept, its aliases resolved. */
export const brandKey = (brand: string): string => {
  const key = nameKey(brand);
  return Object.hasOwn(BRAND_ALIASES, key) ? BRAND_ALIASES[key]! : key;
};
