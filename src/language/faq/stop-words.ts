import { wordsOf } from "./words.ts";

/** Words that say nothing about what a question is about. */
const ENGLISH = `
a about actually all also always am an and another any anybody anyone anything are as ask at available
be because been before but by can cannot cant come comes could couldnt did do does doesnt doing done dont
each either else even ever every exactly for from get gets getting give given go goes going got had has have
havent having he hello her here hey hi him his how however i if im in into is isnt it its ive just
know let like lot made make many may maybe me might mine more most much must my need needs no not now of off
offer offered offers ok okay on one ones only or other our ours out over please possible provide put quite
really same say see shall she should so some somebody someone something such sure take taken tell than thank
thanks that the their theirs them then there these they thing things this those through to together too under
until up upon us use used very via want wanted was we well were what whats when where which while who whom
whose why will wish with within without wont would yes you your yours yourself happen happens kind
accept allow allowed today tomorrow yesterday anyway after before during while still does able matter exactly nearby near often early late later soon middle necessary required people person place
afternoon whether without about mean means regarding concerning question answer info information details using taking wanting needing knowing telling reach really different
`;
const HINDI = `
अगर अपना अपनी अपने अब अभी आ आप आपका आपकी आपके आपको आपने आपसे इन इनका इनकी इनके इस इसका इसकी इसके इसको इसमें इसे
उन उनका उनकी उनके उनको उनमें उस उसका उसकी उसके उसको उसे उसमें एक एवं ऐसा ऐसे ऐसी और कब कभी कर करता करती करते करना करनी करने
करूँ करें करो कहाँ का काफ़ी कि कितना कितनी कितने किन किस किसका किसकी किसके किसने किसी किसे की कुछ के कैसा कैसी कैसे को कोई
कौन कौनसा कौनसी क्या क्यों गई गए गया चाहता चाहती चाहते चाहिए चाहूँगा चाहूँगी जब जहाँ जाऊँ जाए जाएगा जाएगी जाता जाती जाते जाना जाने जी
जैसा जैसी जैसे जो तक तब तो था थी थे दिया दी दीजिए दूसरा दे देता देती देते देना देनी देने दो नहीं ने पर पास फिर बताइए बताएँ बताओ बहुत बारे
भी मगर मत मुझसे मुझे मेरा मेरी मेरे में मैं मैंने यदि यह यहाँ यही या ये रहा रही रहे रहता रहती रहते रहेगा लगता लगती लगते लिए लिया ले लेकर लेता लेती लेते लें लेना
वह वहाँ वही वाला वाली वाले वे सकता सकती सकते सब सभी सा साथ सी से सो ही हुआ हुई हुए हूँ हम हमारा हमारी हमारे हमें है हैं हो होगा होगी होंगे होता होती
होते होना होनी होने मिल मिलता मिलती मिलते मिलेगा मिलेगी मिलेंगे मिलना लगेगा लगेंगे कृपया नमस्ते धन्यवाद हाँ ना न वो तरह अन्य पाना पाएगा सुनाओ कल आज रोज़ ज़रूर ठीक बिल्कुल संभव मुमकिन बाद पहले दौरान देख देखना देखकर बीच लोग पड़ता पड़ती पड़ते पड़ेगा पड़ेगी जरूरी सकूँ सकें सके पूछना जानकारी बताना बता मालूम जानना
`;

const STOP_WORDS: ReadonlySet<string> = new Set(wordsOf(ENGLISH + HINDI));

/** Also with an ending -s, such as `uses`. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word) || (word.endsWith("s") && STOP_WORDS.has(word.slice(0, -1)));
}
