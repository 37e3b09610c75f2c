/** One message of a conversation, as text. */
export type Message = { role: "user" | "assistant"; text: string };

/** Who answers, and how: an operator's file, or the default. */
export type Persona = {
  name: string;
  /** What the language model is told before every conversation; empty for nothing. */
  system: string;
  /** BCP 47 language of greetings and of speech where a text does not tell. */
  language: string;
  /** The voice's provider and its name of a voice; the operator's default when left out. */
  voice?: { provider: string; name?: string };
  /** Path of a portrait; null for the default avatar. */
  portrait: string | null;
  /** Said when a live session begins; empty for nothing. */
  greeting: string;
};

/** Where an answer comes from. */
export type Source = {
  /** The document, as the operator named it. */
  title: string;
  /** Its file below the documents' folder. */
  file: string;
  /** Heading of the part that answers; empty when it has none. */
  section: string;
};
