// What a page has to have from the server to be right: asked for until it is there.
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
const TOO_MANY = 429;

/** The text at an address. Asked again while the network or the server fails; null when it says no, or nobody wants it now. */
export async function fetchText(url, wanted = () => true) {
  for (let delay = FIRST_DELAY; wanted(); delay = Math.min(2 * delay, LONGEST_DELAY)) {
    try {
      const answer = await fetch(url);
      if (answer.redirected) return null;
      if (answer.ok) return await answer.text();
      if (answer.status < 500 && answer.status !== TOO_MANY) return null;
    } catch {
      // The network went, before the answer or in the middle of it.
    }
    await pause(delay);
  }
  return null;
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
