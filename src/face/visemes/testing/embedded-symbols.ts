/** The symbols that the embedded voice writes for text in 38 languages, found by speaking it. */
export const EMBEDDED_SYMBOLS: readonly string[] = [
  "ð ə k w ˈɪ b ɹ ˈaʊ n f ˈɑː s dʒ ˈʌ m p ˌoʊ v ɚ l ˈeɪ z i d ɡ ʃ iː ˈɛ ˈiː aɪ ˈɔːɹ æ θ ŋ",
  "ɐ ˌaʊ t ʒ tʃ ˈɜː ˈɔɪ ˈɛɹ ˈɪɹ ˈʊɹ ɪ h ˈoʊ j ʌ ˌɪ ʔ n̩ ɾ əl ˈuː ˈæ uː eː aː ˌaː ʋ ˈaː ɛː",
  "ɡʰ cʰ ɟʰ ʈʰ ɳ ɖ ɖʰ ˈoː tʰ dʰ pʰ bʰ kʰ c ɟ ʈ r. ʂ q x ɣ r ˈã ˈɛ̃ ˈẽ ˈũ ˈɔː ˈɛː ˈeː ˈu",
  "ˈʊ ɲ e ˈe o ˈo ˈa a ʎ ʝ ˈi β ˈeʊ ˌi u ˌa ɔ̃ ʁ ə- œ̃ ˈɔ̃ ˈɑ̃ y ˈø a- ɛ ɑ̃ ˈɔ ˈœ ˈœ̃ ˈy ç",
  'ts ˈaɪ ˈøː ʊ ˌaɪ ˌyː ɜ ˈɔø ˈyː pf ˈɑ ɑː tʲ mʲ ʲ ɭ ja ˈja dʲ ɕ ʑ tʃʲ ˈɵ ˈju ˈu" sʲ ħ t̪',
  "ʕ dˤ s̪ χ a. ˈa. ˈɑu ua ˈai ˈonɡ ˈi̪ iɛ s. tɕ th ˈiɛ tɕh ˈo- ts.h ˈi. ts. i. ɑu ʐ ˈə",
  "ˈyɛ ˈuo ˈər i̪ yɛ iɑ ˈei ph ˈiou tsh ˈua ˈuə onɡ ˈyæ ʉ ˌiː ɻ ˌʌ dz ˌɐ̃ʊ ˈɐ̃ ˈɐ̃ʊ ɐ̃ʊ̃",
  "ˌo ˈõ dʑ ɨ ɔ ˈɨ ˈɯ ɯ œ ø ˌɑ ˈœy ˈʌʊ ˈɛɪ r̝ r̝̊ ˌe ˈr̩ tʃʰ ˌə ˌoː ˈɐ ˌɐ ũ ẽ ɑ ˌo̞ ä",
  "ˌä o̞ ˌe̞ ˌɯᵝ ˈe̞ ɯᵝ ˈä ˈɯᵝ ɸ ɴ ɽ ˈo̞ e̞ ˌɯ q- t- p- s- sx ˈʉ øː ˌɛ ʔo ˈʔe ʔʌ ˈʔœ ʔœ ε",
  "ˈʔu ˈyə ˈəː ˌyə ˈm̩ ˈæi ˈyø ˈau",
].flatMap((line) => line.split(" "));
