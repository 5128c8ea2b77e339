/**
 * Runs in the page before anything else does: `window.bench`, which sees what is painted and when. A text, because the
 * page's types are not those of the benchmarks. Times are milliseconds since the page was asked for.
 */
export const PAGE_CLOCK = `(() => {
  const LIMIT_MS = 60_000;
  const within = (what, promise) =>
    Promise.race([
      promise,
      new Promise((_, reject) => setTimeout(() => reject(new Error('The page has not seen ' + what + '.')), LIMIT_MS)),
    ]);
  const readScreen = () =>
    window.readPlain?.() ??
    [...document.querySelectorAll('slip-terminal')].find((terminal) => terminal.shown)?.readScreen?.() ?? '';
  /** In a frame in which the terminal draws: when that frame has been painted. */
  const afterPaint = (told) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => told(performance.now());
    port2.postMessage(null);
  };
  const whenPainted = (there) =>
    new Promise((resolve) => {
      const look = () => (there() ? afterPaint(resolve) : requestAnimationFrame(look));
      requestAnimationFrame(look);
    });

  const prompt = whenPainted(() => /[#$] ?$/.test(readScreen()));
  const keys = [];
  const waiting = new Map();
  const keyPainted = (ms) => {
    waiting.get(keys.push(ms) - 1)?.(ms);
  };
  document.addEventListener(
    'keydown',
    ({ key, timeStamp }) => {
      if (key !== 'x') return;
      const before = readScreen();
      void whenPainted(() => readScreen() !== before).then((at) => keyPainted(at - timeStamp));
    },
    true,
  );

  window.bench = {
    /** When the shell's prompt was painted. */
    prompt: () => within('the prompt of a shell', prompt),
    /** How long it took from the press of the key x, the first is 0, to the painted character. */
    key: (index) =>
      within(
        'what was typed',
        new Promise((resolve) => (index < keys.length ? resolve(keys[index]) : waiting.set(index, resolve))),
      ),
    /** Milliseconds between frames for so long, from the frame in which \`act\` is called. */
    frames: (act, forMs) =>
      new Promise((resolve) => {
        const frames = [];
        requestAnimationFrame((begun) => {
          let last = begun;
          const frame = (now) => {
            frames.push(now - last);
            last = now;
            if (now - begun < forMs) requestAnimationFrame(frame);
            else resolve(frames);
          };
          requestAnimationFrame(frame);
          act();
        });
      }),
  };
})();`;
