/** Korean and English names of the same brand or model; each line is one thing, its first name the usual English one. */
const BRANDS = `
Hyundai|현대|현대자동차
Kia|기아|기아자동차
Genesis|제네시스
KG Mobility|KG모빌리티|케이지모빌리티|SsangYong|쌍용|쌍용자동차
Renault Korea|르노코리아|Renault Samsung|르노삼성
Chevrolet|쉐보레|쉐비
Daewoo|대우
Mercedes-Benz|벤츠|메르세데스벤츠|메르세데스|Mercedes|Benz
BMW|비엠더블유|비엠
Audi|아우디
Volkswagen|폭스바겐|VW
Ford|포드
Toyota|도요타|토요타
Lexus|렉서스
Honda|혼다
Nissan|닛산
Skoda|스코다|슈코다
Vauxhall|복스홀|박스홀|Opel|오펠
Volvo|볼보
Porsche|포르쉐|포르셰
Land Rover|랜드로버
Jaguar|재규어
Mini|미니
Peugeot|푸조
Renault|르노
Tesla|테슬라
Jeep|지프
`;
const MODELS = `
Grandeur|그랜저|그랜져|Azera
Sonata|쏘나타|소나타
Avante|아반떼|아반테|Elantra|엘란트라
Accent|엑센트|액센트
Santa Fe|싼타페|산타페|SantaFe
Tucson|투싼|투산
Kona|코나
Palisade|팰리세이드|펠리세이드
Ioniq|아이오닉
Ioniq 5|아이오닉 5|아이오닉5
Ioniq 6|아이오닉 6|아이오닉6
Staria|스타리아
Starex|스타렉스
Porter|포터
Veloster|벨로스터
Casper|캐스퍼
Venue|베뉴
I10|아이텐
I20|아이트웬티
I30|아이써티
I40|아이포티
K3|케이쓰리
K5|케이파이브
K7|케이세븐
K8|케이에이트
K9|케이나인
Morning|모닝|Picanto|피칸토
Ray|레이
Carnival|카니발|Sedona
Sorento|쏘렌토|소렌토
Sportage|스포티지
Seltos|셀토스
Niro|니로
Stinger|스팅어
Mohave|모하비
Soul|쏘울
Bongo|봉고
G70|지칠공
G80|지팔공
G90|지구공
GV70|지브이칠공
GV80|지브이팔공
Tivoli|티볼리
Rexton|렉스턴
Korando|코란도
Torres|토레스
Spark|스파크
Malibu|말리부
Trax|트랙스
Trailblazer|트레일블레이저
SM3|에스엠쓰리
SM5|에스엠파이브
SM6|에스엠식스
QM3|큐엠쓰리
QM6|큐엠식스
XM3|엑스엠쓰리
A Class|A클래스|에이클래스
B Class|B클래스|비클래스
C Class|C클래스|씨클래스
E Class|E클래스|이클래스
S Class|S클래스|에스클래스
G Class|G클래스|지바겐|G-Wagen
1 Series|1시리즈
2 Series|2시리즈
3 Series|3시리즈
4 Series|4시리즈
5 Series|5시리즈
6 Series|6시리즈
7 Series|7시리즈
8 Series|8시리즈
Golf|골프
Polo|폴로
Passat|파사트
Tiguan|티구안
Touareg|투아렉
Jetta|제타
Arteon|아테온
Fiesta|피에스타
Focus|포커스
Mondeo|몬데오
Kuga|쿠가
Explorer|익스플로러
Mustang|머스탱
Corolla|코롤라
Camry|캠리
Prius|프리우스
Yaris|야리스
Avensis|아벤시스
Octavia|옥타비아
Fabia|파비아
Superb|수퍼브|슈퍼브
Kodiaq|코디악
Corsa|코르사
Astra|아스트라
Insignia|인시그니아
`;
/** Kinds of fuel and transmission as sellers write them. */
const KINDS = `
Petrol|가솔린|휘발유|Gasoline
Diesel|디젤|경유
Hybrid|하이브리드
Electric|전기|전기차|EV
Manual|수동
Automatic|오토|자동
Semi-Auto|세미오토
`;

const groupsOf = (lines: string): string[][] =>
  lines
    .trim()
    .split("\n")
    .map((line) => line.split("|"));

/** Names are compared without case, spaces and hyphens. */
export const nameKey = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s-]+/g, "");

const NAMED_THINGS = [...groupsOf(BRANDS), ...groupsOf(MODELS)];
const GROUP_BY_KEY = new Map(
  [...NAMED_THINGS, ...groupsOf(KINDS)].flatMap((group) => group.map((name) => [nameKey(name), group] as const)),
);
const USUAL_BY_KEY = new Map(NAMED_THINGS.flatMap((group) => group.map((name) => [nameKey(name), group[0]!] as const)));
const LONGEST_NAME_WORDS = 3;

/** Every name of the thing that a name means, the given one first; the name alone when it is not in the glossary. */
export const otherNames = (name: string): string[] => [...new Set([name, ...(GROUP_BY_KEY.get(nameKey(name)) ?? [])])];

/** The usual English name of the brand or model that a name means; undefined when it is not in the glossary. */
export const usualName = (name: string): string | undefined => USUAL_BY_KEY.get(nameKey(name));

/** All names of brands and models, for completing and correcting what is typed. */
export const brandAndModelNames = (): string[] => NAMED_THINGS.flat();

/** Every name of each thing that consecutive words of a text name: "2015 벤츠 E클래스" → Mercedes-Benz …, E Class …. */
export function namesIn(words: readonly string[]): string[] {
  const found: string[] = [];
  for (let first = 0; first < words.length; first++) {
    for (let count = 1; count <= LONGEST_NAME_WORDS && first + count <= words.length; count++) {
      found.push(...(GROUP_BY_KEY.get(words.slice(first, first + count).join("")) ?? []));
    }
  }
  return [...new Set(found)];
}
