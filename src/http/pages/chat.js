import { createLiveLink } from "./live-link.js";
import { createLivePlayer } from "./live-player.js";
import { createMicrophone } from "./microphone.js";

const REPORT_MS = 250;

const at = (id) => document.getElementById(id);
const [state, log, caption, question] = [at("state"), at("log"), at("caption"), at("question")];
const [startButton, send, stop, micButton] = [
  at("start"),
  at("send"),
  at("stop"),
  at("microphone"),
];

/** Of the answer that plays. */
let captions = [];
let sources = [];
let shownCaption = null;
/** The question that interrupted it: what was heard of the answer comes before. */
let interrupting = null;

const link = createLiveLink({ onEvent, onFrame, onState });
const player = createLivePlayer({
  video: at("answer"),
  idle: at("idle"),
  onTime: showCaption,
  onEnd: answerEnded,
  onTrouble: (message) => {
    state.textContent = message;
  },
});
const microphone = createMicrophone({
  onStart: (sampleRate) => link.send({ type: "microphone", on: true, sampleRate }),
  onSound: link.sendSound,
  onStop: () => link.send({ type: "microphone", on: false }),
});

/** All text of the server is shown as text: nothing of it is ever markup. */
/** @returns what was added, or null. */
function addToLog(who, text, notes = [], before = null) {
  if (text === "") return null;
  const entry = document.createElement("li");
  entry.className = who;
  entry.append(text);
  for (const note of notes) {
    const small = document.createElement("small");
    small.textContent = note;
    entry.append(small);
  }
  log.insertBefore(entry, before);
  log.scrollTop = log.scrollHeight;
  return entry;
}

function onState(now, reason) {
  const isOpen = now === "open";
  for (const control of [question, send]) control.disabled = !isOpen;
  if (!isOpen) stop.disabled = true;
  if (isOpen) state.textContent = "Connected";
  if (now === "waiting") state.textContent = "The connection broke; trying again…";
  if (now === "closed") {
    state.textContent = reason || "The conversation has ended. Reload the page for a new one.";
  }
  if (now === "refused") void explainRefusal();
}

async function explainRefusal() {
  const response = await fetch(new URL("api/live", document.baseURI)).catch(() => null);
  at("access").hidden = response?.status !== 401;
  state.textContent =
    response?.status === 401
      ? "This server needs an API key."
      : "The server did not answer. Reload the page to try again.";
}

function onEvent(event) {
  switch (event.type) {
    case "opened":
      at("name").textContent = event.name;
      micButton.hidden = !event.microphone || !microphone.isSupported;
      if (event.resumed) return;
      if (player.isSupported(event.portrait.mimeType)) player.open(event.portrait.mimeType);
      else state.textContent = "This browser cannot play live video.";
      return;
    case "answer":
      captions = [];
      sources = [];
      stop.disabled = false;
      player.answer(event.epoch);
      return;
    case "caption":
      captions.push({ text: event.text, start: event.start });
      return;
    case "answered":
      sources = [
        ...event.sources.map(({ title, section }) => (section ? `${title}: ${section}` : title)),
        ...event.warnings.map(({ message }) => message),
      ];
      player.ended(event.epoch, event.duration);
      return;
    case "interrupted":
      addToLog("assistant", event.heard, ["interrupted"], interrupting);
      interrupting = null;
      if (player.isPlaying() && player.position().epoch === event.epoch) silence();
      return;
    case "transcript":
      addToLog("user", event.text);
      return;
    case "error":
    case "refused":
      state.textContent = event.message;
      if (event.type === "error")
        player.ended(event.epoch, captions.length === 0 ? 0 : bufferedOnly());
  }
}

/** What has come of a failed answer is played to its end. */
function bufferedOnly() {
  return Math.max(0, ...captions.map(({ start }) => start)) + 1;
}

function onFrame({ kind, epoch, payload }) {
  if (kind === "init") player.init(payload);
  if (kind === "idle") player.rest(payload);
  if (kind === "fragment") player.fragment(epoch, payload);
}

function showCaption(_epoch, time) {
  const now = captions.findLast(({ start }) => start <= time + 0.05)?.text ?? "";
  if (now === shownCaption) return;
  shownCaption = now;
  caption.textContent = now;
}

function answerEnded() {
  addToLog("assistant", captions.map(({ text }) => text).join(" "), sources);
  silenced();
  report();
}

function silenced() {
  showCaption(0, -1);
  stop.disabled = true;
}

/** Stops what is heard before anything else. @returns where the answer was. */
function silence() {
  const { epoch } = player.position();
  const heard = { epoch, at: player.interrupt() };
  performance.mark("vocative:silenced", { detail: heard });
  silenced();
  return heard;
}

function interrupt() {
  if (player.isPlaying()) link.send({ type: "interrupt", ...silence() });
}

function report() {
  const { epoch, ...position } = player.position();
  link.send({ type: "played", epoch, ...position, seq: link.seq() });
}
let reported = 0;
setInterval(() => {
  // What is idle says nothing, but for what it has not confirmed.
  if (!player.isPlaying() && reported === link.seq()) return;
  reported = link.seq();
  report();
}, REPORT_MS);

function ask() {
  const text = question.value.trim();
  if (text === "" || question.disabled) return;
  const heard = player.isPlaying() ? silence() : null;
  performance.mark("vocative:asked");
  link.send({ type: "ask", text, ...(heard && { heard }) });
  const asked = addToLog("user", text);
  if (heard) interrupting = asked;
  question.value = "";
  question.focus();
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") interrupt();
});
stop.addEventListener("click", () => {
  interrupt();
  question.focus();
});
micButton.addEventListener("click", async () => {
  const isOn = await microphone.toggle().catch((error) => {
    state.textContent = `The microphone cannot be used: ${error.message}`;
    return false;
  });
  micButton.setAttribute("aria-pressed", String(isOn));
});
// Sound needs a press of the user's own.
startButton.addEventListener("click", () => {
  startButton.hidden = true;
  state.textContent = "Connecting…";
  link.open(null);
});
at("access").addEventListener("submit", (event) => {
  event.preventDefault();
  at("access").hidden = true;
  link.open(at("key").value.trim());
});
