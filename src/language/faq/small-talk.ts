import { type FaqLanguage, wordsOf } from "./words.ts";

/** What a message is that asks for nothing in the documents. */
export type SmallTalk = "greeting" | "thanks" | "farewell" | "who" | "help";

const words = (text: string): ReadonlySet<string> => new Set(wordsOf(text));

/** Beside these, nothing may stand in a message that is a greeting. */
const POLITE = words(
  "hi hello hey hiya there good morning afternoon evening day dear greetings everyone sir madam how are you doing today and to nice meet " +
    "नमस्ते नमस्कार हेलो हैलो हाय जी सुप्रभात शुभ प्रभात संध्या कैसे हैं आप आपको प्रणाम राम",
);
const GREETING = words(
  "hi hello hey hiya greetings morning afternoon evening नमस्ते नमस्कार हेलो हैलो हाय सुप्रभात प्रभात संध्या प्रणाम",
);
const GRATEFUL = words(
  "thanks thank thankyou thx cheers you very so much many a lot ok okay great that was is helpful for your the help all perfect good " +
    "धन्यवाद शुक्रिया बहुत आपका आपको ठीक है अच्छा जी थैंक्स थैंक्यू",
);
const THANKS = words("thanks thank thankyou thx cheers धन्यवाद शुक्रिया थैंक्स थैंक्यू");
const PARTING = words(
  "bye goodbye see you later soon good night have a nice day take care thanks ok अलविदा फिर मिलेंगे शुभ रात्रि बाय टाटा धन्यवाद",
);
const FAREWELL = words("bye goodbye later night अलविदा मिलेंगे रात्रि बाय टाटा");

const WHO = [
  /^(?:so )?(?:who|what)(?: exactly)? are you(?: exactly)?$/u,
  /^what is your name$|^whats your name$|^your name$/u,
  /^are you (?:an? )?(?:real )?(?:robot|bot|human|person|machine|computer|ai|chatbot|real)(?: or .+)?$/u,
  /^(?:am i|is this) (?:talking|speaking)? ?(?:to |with )?(?:an? )?(?:robot|bot|human|person|machine|ai|real person|chatbot)$/u,
  /^(?:आप|तुम) (?:कौन|क्या) (?:हैं|हो|है)$|^(?:आपका|तुम्हारा) नाम (?:क्या|बताइए)(?: है)?$/u,
  /^क्या आप (?:एक )?(?:रोबोट|इंसान|मशीन|मनुष्य) (?:हैं|हो)$/u,
].map((one) => new RegExp(wordsPattern(one.source), "u"));
const HELP = [
  /^help(?: me)?(?: please)?$|^(?:what|how) can (?:you|i)(?: (?:do|ask|help|know))?(?: (?:you|me|here|with|for me))*$/u,
  /^what do you know(?: about)?$|^what questions can i ask(?: you)?$/u,
  /^(?:मदद|सहायता)$|^(?:आप )?(?:मेरी )?(?:क्या|कैसे) (?:मदद )?कर सकते (?:हैं|हो)$|^(?:मैं )?(?:आपसे )?क्या पूछ सकता हूं$/u,
].map((one) => new RegExp(wordsPattern(one.source), "u"));

/** What kind of small talk a message is, or null for a question. */
export function smallTalkIn(message: string): SmallTalk | null {
  const said = wordsOf(message);
  const line = said.join(" ");
  const isOnly = (allowed: ReadonlySet<string>, sign: ReadonlySet<string>) =>
    said.every((word) => allowed.has(word)) && said.some((word) => sign.has(word));
  if (WHO.some((one) => one.test(line))) return "who";
  if (HELP.some((one) => one.test(line))) return "help";
  if (isOnly(GRATEFUL, THANKS)) return "thanks";
  if (isOnly(PARTING, FAREWELL)) return "farewell";
  return isOnly(POLITE, GREETING) ? "greeting" : null;
}

/** Patterns are written in ordinary spelling and meet folded words. */
function wordsPattern(source: string): string {
  return source.replaceAll("\u0901", "\u0902").replaceAll("\u093c", "");
}

const SAID: Record<FaqLanguage, Record<Exclude<SmallTalk, "help"> | "unknown" | "ask", string>> = {
  en: {
    greeting: "Hello! What would you like to know?",
    thanks: "You are welcome. Is there anything else you would like to know?",
    farewell: "Goodbye, and have a good day!",
    who: "I am an automated assistant, not a human being. I answer from the documents I was given, in their own words.",
    unknown: "I am sorry, I do not know that. The documents I answer from do not say it.",
    ask: "You can ask me about",
  },
  hi: {
    greeting: "नमस्ते! आप क्या जानना चाहेंगे?",
    thanks: "आपका स्वागत है। क्या आप कुछ और जानना चाहेंगे?",
    farewell: "फिर मिलेंगे, आपका दिन शुभ हो!",
    who: "यह एक स्वचालित सहायक है, कोई इंसान नहीं। जवाब दिए गए दस्तावेज़ों से, उन्हीं के शब्दों में आते हैं।",
    unknown: "क्षमा करें, यह मुझे नहीं पता। जिन दस्तावेज़ों से जवाब आते हैं, उनमें यह नहीं लिखा है।",
    ask: "आप इनके बारे में पूछ सकते हैं",
  },
};

const MOST_TOPICS = 8;

/** A fixed text. `topics`: of the documents, for those who ask what they can ask. */
export function fixedText(
  kind: SmallTalk | "unknown",
  { language, topics }: { language: FaqLanguage; topics: readonly string[] },
): string {
  const said = SAID[language];
  if (kind !== "help") return said[kind];
  if (topics.length === 0) return said.who;
  const end = language === "hi" ? "।" : ".";
  return `${said.ask}: ${topics.slice(0, MOST_TOPICS).join(", ")}${end}`;
}
