/** Texts and their words. What `pattern_replace`, `standard`, `cjk_width`, `lowercase` and `cjk_bigram` of Lucene give is the same. */
export const goldenWords: [text: string, words: string[]][] = [
  ["1인신조 무사고", ["1", "인신", "신조", "무사", "사고"]],
  ["아반떼N 1.6T", ["아반", "반떼", "n", "1.6t"]],
  ["KG모빌리티", ["kg", "모빌", "빌리", "리티"]],
  ["GV80 / K5", ["gv80", "k5"]],
  ["현대의 그랜저를 팝니다", ["현대", "대의", "그랜", "랜저", "저를", "팝니", "니다"]],
  ["차 팝니다", ["차", "팝니", "니다"]],
  ["Mercedes-Benz E-Class", ["mercedes", "benz", "e", "class"]],
  ["Ｋ５ ＴＵＣＳＯＮ", ["k5", "tucson"]],
  ["1,600cc, 2.0 TDI.", ["1,600cc", "2.0", "tdi"]],
  ["it's the dealer's car", ["it's", "the", "dealer's", "car"]],
  ["무사고.정비완료", ["무사", "사고", "정비", "비완", "완료"]],
  ["ㅋㅋ급매ㅠ", ["ㅋㅋ", "급매", "ㅠ"]],
  ["O’Neil 3.a ID.3 1..2 a:b a·b", ["o’neil", "3", "a", "id", "3", "1", "2", "a:b", "a·b"]],
  ["Škoda mercedes_benz x² 漢字カー차", ["škoda", "mercedes_benz", "x", "漢字", "字カ", "カー", "차"]],
  ["", []],
  ["!!! --- ...", []],
];
