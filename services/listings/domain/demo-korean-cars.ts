import { FuelType } from "../../prediction/prediction.contract.ts";
import type { PricedOffer } from "./car.ts";
import type { Chance } from "./chance.ts";

const THIS_YEAR = 2025;

/**
 * The Korean market in round figures of our own: brand | model | Korean name | weight | first year | price when new in
 * units of 10,000 won | variants by fuel and litres.
 */
const KOREAN_MODELS = `
Hyundai | Grandeur | 현대 그랜저 | 12 | 2014 | 3900 | Petrol 2.5, Petrol 3.3, Hybrid 1.6
Hyundai | Sonata | 현대 쏘나타 | 10 | 2014 | 2950 | Petrol 2.0, Hybrid 2.0
Hyundai | Avante | 현대 아반떼 | 11 | 2014 | 2150 | Petrol 1.6, Hybrid 1.6
Hyundai | Tucson | 현대 투싼 | 7 | 2015 | 2900 | Petrol 1.6, Diesel 2.0, Hybrid 1.6
Hyundai | Santa Fe | 현대 싼타페 | 8 | 2014 | 3700 | Diesel 2.2, Petrol 2.5, Hybrid 1.6
Hyundai | Palisade | 현대 팰리세이드 | 5 | 2019 | 4300 | Diesel 2.2, Petrol 3.8
Hyundai | Casper | 현대 캐스퍼 | 4 | 2021 | 1650 | Petrol 1.0
Hyundai | Ioniq 5 | 현대 아이오닉 5 | 3 | 2021 | 5100 | Electric 0
Kia | K5 | 기아 K5 | 8 | 2014 | 2850 | Petrol 2.0, Hybrid 2.0
Kia | K8 | 기아 K8 | 4 | 2021 | 3900 | Petrol 2.5, Hybrid 1.6
Kia | Morning | 기아 모닝 | 6 | 2014 | 1450 | Petrol 1.0
Kia | Ray | 기아 레이 | 5 | 2014 | 1600 | Petrol 1.0
Kia | Sportage | 기아 스포티지 | 6 | 2015 | 2800 | Diesel 2.0, Petrol 1.6, Hybrid 1.6
Kia | Sorento | 기아 쏘렌토 | 9 | 2014 | 3600 | Diesel 2.2, Hybrid 1.6
Kia | Carnival | 기아 카니발 | 8 | 2014 | 3700 | Diesel 2.2, Petrol 3.5
Kia | EV6 | 기아 EV6 | 3 | 2021 | 5200 | Electric 0
Genesis | G70 | 제네시스 G70 | 4 | 2018 | 4400 | Petrol 2.0, Petrol 3.3
Genesis | G80 | 제네시스 G80 | 7 | 2017 | 5900 | Petrol 2.5, Petrol 3.5
Genesis | GV80 | 제네시스 GV80 | 5 | 2020 | 7200 | Petrol 2.5, Diesel 3.0
KG Mobility | Torres | KG모빌리티 토레스 | 4 | 2022 | 3000 | Petrol 1.5
KG Mobility | Tivoli | KG모빌리티 티볼리 | 4 | 2015 | 2100 | Petrol 1.6, Diesel 1.6
Renault Korea | QM6 | 르노코리아 QM6 | 4 | 2017 | 2900 | Petrol 2.0, Diesel 2.0
Chevrolet | Spark | 쉐보레 스파크 | 4 | 2015 | 1350 | Petrol 1.0
`;

interface KoreanModel {
  brand: string;
  model: string;
  name: string;
  weight: number;
  firstYear: number;
  newPriceWon: number;
  variants: { fuelType: FuelType; engineSize: number }[];
}

/** Draws Korean cars of up to 2025. */
export function koreanMarket(luck: Chance): () => PricedOffer {
  const models = koreanModels();
  return () =>
    koreanCar(
      luck,
      luck.pick(models, ({ weight }) => weight),
    );
}

const koreanModels = (): KoreanModel[] =>
  KOREAN_MODELS.trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([brand, model, name, weight, firstYear, newPrice, variants]) => ({
      ...{ brand: brand!, model: model!, name: name!, weight: Number(weight), firstYear: Number(firstYear) },
      newPriceWon: Number(newPrice) * 10_000,
      variants: variants!.split(", ").map((variant) => {
        const [fuel, litres] = variant.split(" ");
        return { fuelType: FuelType.parse(fuel), engineSize: Number(litres) };
      }),
    }));

const KOREAN_FUELS: Record<FuelType, string> = {
  Petrol: "가솔린",
  Diesel: "디젤",
  Hybrid: "하이브리드",
  Electric: "전기",
  Other: "기타",
};
const KOREAN_REGIONS = [
  "서울 강남구",
  "서울 마포구",
  "경기 수원시",
  "경기 성남시",
  "인천",
  "부산",
  "대구",
  "대전",
  "광주",
  "제주",
];

function koreanCar(luck: Chance, { brand, model, name, firstYear, newPriceWon, variants }: KoreanModel): PricedOffer {
  const { fuelType, engineSize } = luck.pick(variants);
  const year = firstYear + Math.floor(luck.share() * (THIS_YEAR - firstYear + 1));
  const age = THIS_YEAR - year;
  const mileage = Math.round((age + 0.4) * 14_000 * Math.exp(0.35 * luck.normal()));
  const accident = luck.share() < 0.12;
  const price = newPriceWon * koreanRemainder(age, mileage) * (accident ? 0.88 : 1) * Math.exp(0.07 * luck.normal());
  const engine = engineSize === 0 ? KOREAN_FUELS[fuelType] : `${engineSize.toFixed(1)} ${KOREAN_FUELS[fuelType]}`;
  return {
    ...{ brand, model, year, mileage, mileageUnit: "km", fuelType, transmission: "Automatic", engineSize, accident },
    ...{ price: Math.max(100, Math.round(price / 100_000)) * 100_000, currency: "KRW" },
    title: `${name} ${engine} ${year}년식 (데모)`,
    description: `데모 매물입니다. 실제로 존재하지 않는 차량입니다. ${name} ${engine}, ${mileage}km, ${accident ? "사고 이력 있음" : "무사고"}.`,
    region: luck.pick(KOREAN_REGIONS),
  };
}

/** What is left of the price when new: 12 % are lost each year, 4 % with each 10,000 km beyond the usual. */
const koreanRemainder = (age: number, km: number) =>
  0.95 * 0.88 ** age * Math.exp((-0.04 * (km - age * 14_000)) / 10_000);
