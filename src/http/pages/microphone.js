/** Pieces that are sent at a time, seconds. */
const PIECE_SECONDS = 0.1;

/**
 * The user's microphone, as 16-bit PCM.
 * @param {{ onStart: (sampleRate: number) => void, onSound: (bytes: ArrayBuffer) => void,
 *   onStop: () => void }} options
 */
export function createMicrophone({ onStart, onSound, onStop }) {
  let stop = null;

  async function start() {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    const context = new AudioContext();
    await context.audioWorklet.addModule(new URL("./microphone-worklet.js", import.meta.url));
    const length = Math.round(PIECE_SECONDS * context.sampleRate);
    const node = new AudioWorkletNode(context, "pieces", { processorOptions: { length } });
    node.port.onmessage = ({ data }) => onSound(data);
    context.createMediaStreamSource(stream).connect(node);
    onStart(context.sampleRate);
    return () => {
      for (const track of stream.getTracks()) track.stop();
      context.close();
      onStop();
    };
  }

  return {
    isSupported: Boolean(navigator.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode),
    /** @returns {Promise<boolean>} whether it is on now. */
    async toggle() {
      if (stop) {
        stop();
        stop = null;
        return false;
      }
      stop = await start();
      return true;
    },
  };
}
