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
  메르세데스: "mercedesbenz",
  비엠더블유: "bmw",
  현대: "hyundai",
  현대자동차: "hyundai",
  폭스바겐: "volkswagen",
  아우디: "audi",
  포드: "ford",
  토요타: "toyota",
  도요타: "toyota",
  스코다: "skoda",
  슈코다: "skoda",
  복스홀: "vauxhall",
};

/** Other names of models, by nameKey: Korean ones, and short ones of classes. */
export const MODEL_ALIASES: Readonly<Record<string, string>> = {
  ...{
    투싼: "tucson",
    투산: "tucson",
    코나: "kona",
    아이오닉: "ioniq",
    클릭: "getz",
    겟츠: "getz",
    테라칸: "terracan",
  },
  ...{ 아이텐: "i10", 아이트웬티: "i20", 아이써티: "i30", 아이포티: "i40" },
  ...{ 골프: "golf", 파사트: "passat", 폴로: "polo", 티구안: "tiguan", 투아렉: "touareg", 제타: "jetta", 업: "up" },
  ...{ 아테온: "arteon", 티록: "troc", 티크로스: "tcross", 시로코: "scirocco", 샤란: "sharan", 투란: "touran" },
  ...{ 티구안올스페이스: "tiguanallspace", 아마록: "amarok", 캐디: "caddy", 카라벨: "caravelle" },
  ...{ 포커스: "focus", 피에스타: "fiesta", 몬데오: "mondeo", 쿠가: "kuga", 퓨마: "puma", 에코스포트: "ecosport" },
  ...{ 갤럭시: "galaxy", 에지: "edge", 엣지: "edge", 퓨전: "fusion", 레인저: "ranger", 에스코트: "escort" },
  ...{ 야리스: "yaris", 코롤라: "corolla", 프리우스: "prius", 캠리: "camry", 수프라: "supra", 아벤시스: "avensis" },
  ...{ 라브4: "rav4", 랜드크루저: "landcruiser", 하이럭스: "hilux", 아이고: "aygo", 아우리스: "auris" },
  ...{ 옥타비아: "octavia", 파비아: "fabia", 수퍼브: "superb", 슈퍼브: "superb", 스칼라: "scala", 예티: "yeti" },
  ...{ 코디악: "kodiaq", 카록: "karoq", 카미크: "kamiq", 시티고: "citigo", 룸스터: "roomster" },
  ...{ 아스트라: "astra", 코르사: "corsa", 인시그니아: "insignia", 모카: "mokka", 자피라: "zafira", 벡트라: "vectra" },
  ...{ 비바: "viva", 아담: "adam", 메리바: "meriva", 안타라: "antara", 티그라: "tigra", 암페라: "ampera" },
  ...{ cla: "claclass", cls: "clsclass", gla: "glaclass", glb: "glbclass", glc: "glcclass", gle: "gleclass" },
  ...{ gls: "glsclass", 씨클래스: "cclass", 이클래스: "eclass", 에스클래스: "sclass", 에이클래스: "aclass" },
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

/** The key under which a model is kept among its brand's: aliases resolved, 3시리즈 a 3 Series, C클래스 a C Class. */
export const modelKey = (model: string): string => {
  const key = nameKey(model);
  if (Object.hasOwn(MODEL_ALIASES, key)) return MODEL_ALIASES[key]!;
  return key.replace(/시리즈$/, "series").replace(/클래스$/, "class");
};

/** The key under which a brand is kept, its aliases resolved. */
export const brandKey = (brand: string): string => {
  const key = nameKey(brand);
  return Object.hasOwn(BRAND_ALIASES, key) ? BRAND_ALIASES[key]! : key;
};
