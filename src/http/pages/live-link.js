const HEADER_BYTES = 20;
const KINDS = ["", "init", "idle", "fragment", "sound"];
const RECONNECT_MS = [500, 1000, 2000, 5000, 5000, 5000];
/** Close codes after which the same conversation may go on: the network broke, the server was restarted. */
const COMES_BACK = new Set([1001, 1005, 1006, 1011, 4002]);

/**
 * One conversation over a WebSocket, which is opened again when it breaks. docs/live-protocol.md
 * describes what goes over it.
 * @param {{ onEvent: (event: object) => void, onFrame: (frame: object) => void,
 *   onState: (state: "open" | "waiting" | "closed" | "refused", reason: string) => void }} options
 */
export function createLiveLink({ onEvent, onFrame, onState }) {
  let socket = null;
  let token = null;
  let seq = 0;
  let attempts = 0;
  let apiKey = null;

  function connect() {
    const url = new URL("api/live", document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    // A browser sends no headers of ours with a WebSocket; this one it does.
    const protocols = apiKey ? ["vocative", `vocative-key.${apiKey}`] : ["vocative"];
    socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      send({ type: "open", mode: "video", ...(token && { resume: { token, seq } }) });
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") readEvent(JSON.parse(data));
      else readFrame(data);
    };
    socket.onclose = ({ code, reason }) => {
      const wait = RECONNECT_MS[attempts];
      if (!wasOpen && token === null) onState("refused", reason);
      else if (COMES_BACK.has(code) && wait !== undefined) {
        attempts += 1;
        onState("waiting", "");
        setTimeout(connect, wait);
      } else onState("closed", reason);
    };
  }

  function readEvent(event) {
    if (event.type === "opened") {
      if (!event.resumed) seq = 0;
      token = event.token;
      attempts = 0;
      onState("open", "");
    }
    if (event.seq !== undefined) {
      if (event.seq <= seq) return;
      seq = event.seq;
    }
    onEvent(event);
  }

  function readFrame(data) {
    const view = new DataView(data);
    const number = view.getUint32(8);
    if (number > 0) {
      if (number <= seq) return;
      seq = number;
    }
    onFrame({
      kind: KINDS[view.getUint8(1)],
      epoch: view.getUint32(4),
      payload: new Uint8Array(data, HEADER_BYTES),
    });
  }

  function send(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ v: 1, ...message }));
  }

  return {
    open(key) {
      apiKey = key;
      connect();
    },
    send,
    sendSound: (bytes) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    seq: () => seq,
  };
}
