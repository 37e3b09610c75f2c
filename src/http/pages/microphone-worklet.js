/** Collects sound into pieces of 16-bit little-endian PCM. */
class Pieces extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.length = processorOptions.length;
    this.begin();
  }

  begin() {
    this.view = new DataView(new ArrayBuffer(2 * this.length));
    this.filled = 0;
  }

  process([[channel]]) {
    for (const sample of channel ?? []) {
      const limited = Math.max(-1, Math.min(1, sample));
      this.view.setInt16(2 * this.filled, Math.round(limited * 32767), true);
      this.filled += 1;
      if (this.filled < this.length) continue;
      const { buffer } = this.view;
      this.port.postMessage(buffer, [buffer]);
      this.begin();
    }
    return true;
  }
}

registerProcessor("pieces", Pieces);
