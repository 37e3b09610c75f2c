import type { Phoneme } from "../../../ports/speech-model.ts";

/** What another engine of the tests calls the sounds of English, in the International Phonetic Alphabet. */
const IPA: Readonly<Record<string, string>> = {
  ...{
    aa: "ɑ",
    ae: "æ",
    ah: "ʌ",
    ao: "ɔ",
    aw: "aʊ",
    ax: "ə",
    ay: "aɪ",
    eh: "ɛ",
    er: "ɚ",
    ey: "eɪ",
  },
  ...{ ih: "ɪ", iy: "i", ow: "oʊ", oy: "ɔɪ", uh: "ʊ", uw: "u", el: "əl", em: "m", en: "n" },
  ...{ b: "b", ch: "tʃ", d: "d", dh: "ð", dx: "ɾ", f: "f", g: "ɡ", hh: "h", hv: "h", jh: "dʒ" },
  ...{ k: "k", l: "l", m: "m", n: "n", nx: "n", ng: "ŋ", p: "p", r: "ɹ", s: "s", sh: "ʃ", t: "t" },
  ...{ th: "θ", v: "v", w: "w", y: "j", z: "z", zh: "ʒ" },
};

/** ARPABET symbols as `Phoneme`s; one that is not known fails. */
export function fromArpabet(phones: readonly Phoneme[]): Phoneme[] {
  return phones.map(({ symbol, ...place }) => {
    const ipa = IPA[symbol];
    if (ipa === undefined) throw new Error(`no sound of English is called ${symbol}`);
    return { ...place, symbol: ipa };
  });
}
