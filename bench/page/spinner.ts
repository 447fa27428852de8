/** A thread that computes only in registers for a given number of milliseconds, and reports its number of rounds. */
self.addEventListener('message', ({ data: ms }: MessageEvent<number>) => {
  const until = performance.now() + ms;
  let [rounds, word] = [0, 1];
  while (performance.now() < until) {
    for (let i = 0; i < 10_000; i++) {
      word ^= word << 13;
      word ^= word >>> 17;
      word ^= word << 5;
    }
    rounds++;
  }
  self.postMessage({ rounds, word }); // the word, so that no engine removes the loop
});
